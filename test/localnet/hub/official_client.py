"""Drives the local hub with the unmodified huggingface_hub; run by python-client.test.ts.

HF_ENDPOINT names the hub; HEALTHTENSOR_ALICE and HEALTHTENSOR_BOB hold two users' writing tokens.
"""

import os
import tempfile
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, snapshot_download
from huggingface_hub.errors import (
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)


def refused(error, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except error as caught:
        return caught
    raise AssertionError(f"{call.__name__} was not refused with {error.__name__}")


alice = HfApi(token=os.environ["HEALTHTENSOR_ALICE"])
bob = HfApi(token=os.environ["HEALTHTENSOR_BOB"])
anonymous = HfApi(token=False)
repo = "alice/python"

assert alice.whoami()["name"] == "alice"
url = alice.create_repo(repo, private=True)
assert url.repo_id == repo and str(url) == f"{os.environ['HF_ENDPOINT']}/{repo}", url
alice.create_repo(repo, exist_ok=True)
assert refused(HfHubHTTPError, alice.create_repo, repo).response.status_code == 409

with tempfile.TemporaryDirectory() as folder:
    root = Path(folder)
    weights = os.urandom(3_000_000)
    (root / "model.safetensors").write_bytes(weights)
    (root / "config.json").write_text('{"architecture": "cnn"}')
    (root / "README.md").write_text("---\nlicense: mit\ntags: [xray]\n---\n# Model\n")
    (root / "plots #1").mkdir()
    (root / "plots #1" / "loss & co.svg").write_text("<svg/>")
    (root / "empty.bin").write_bytes(b"")
    info = alice.upload_folder(repo_id=repo, folder_path=root, commit_message="all at once")
    revision = info.oid if hasattr(info, "oid") else alice.model_info(repo).sha
    assert len(revision) == 40
    # The same content again makes no new commit: the client sees it in the preupload's oid.
    alice.upload_folder(repo_id=repo, folder_path=root, commit_message="again")
    assert alice.model_info(repo).sha == revision

    refused(RepositoryNotFoundError, bob.model_info, repo)
    refused(RepositoryNotFoundError, anonymous.model_info, repo)
    alice.update_repo_settings(repo, visibility="public")
    model = anonymous.model_info(repo, revision=revision, files_metadata=True)
    assert model.sha == revision and model.private is False and "xray" in model.tags, model
    sizes = {s.rfilename: s.size for s in model.siblings}
    assert sizes["model.safetensors"] == len(weights) and sizes["plots #1/loss & co.svg"] == 6, sizes

    target = root / "downloaded"
    snapshot_download(repo, revision=revision, local_dir=target, token=False)
    assert (target / "model.safetensors").read_bytes() == weights
    assert (target / "plots #1" / "loss & co.svg").read_text() == "<svg/>"
    assert (target / "empty.bin").read_bytes() == b""

    refused(RemoteEntryNotFoundError, anonymous.hf_hub_download, repo, "missing.bin", local_dir=target)
    refused(RevisionNotFoundError, anonymous.model_info, repo, revision="f" * 40)
    bad = CommitOperationAdd("README.md", b"---\nlicense: [\n---\n")
    refused(ValueError, alice.create_commit, repo, [bad], commit_message="bad card")

tree = list(anonymous.list_repo_tree(repo, recursive=True, expand=True, revision=revision))
assert {f.path for f in tree} >= {"plots #1", "plots #1/loss & co.svg", "model.safetensors"}, tree
assert all(f.last_commit.oid for f in tree)
assert [f.path for f in anonymous.list_repo_tree(repo, "plots #1")] == ["plots #1/loss & co.svg"]
(entry,) = anonymous.get_paths_info(repo, ["model.safetensors"], expand=True)
assert entry.lfs.size == len(weights) and entry.last_commit.title == "all at once", entry

first = alice.create_commit(
    repo,
    [CommitOperationAdd("a.txt", b"a"), CommitOperationDelete("plots #1/")],
    commit_message="change",
    commit_description="for a test",
    parent_commit=revision,
)
stale = [CommitOperationAdd("a.txt", b"b")]
assert refused(HfHubHTTPError, alice.create_commit, repo, stale, commit_message="x", parent_commit=revision)
assert not alice.file_exists(repo, "plots #1/loss & co.svg")
commits = anonymous.list_repo_commits(repo)
assert [c.title for c in commits][0] == "change" and commits[0].commit_id == first.oid

alice.create_branch(repo, branch="side", revision=revision)
alice.create_tag(repo, tag="v1", revision=revision)
refs = anonymous.list_repo_refs(repo)
assert {b.name: b.target_commit for b in refs.branches} == {"main": first.oid, "side": revision}
assert [t.name for t in refs.tags] == ["v1"]
assert anonymous.model_info(repo, revision="v1").sha == revision
alice.delete_tag(repo, tag="v1")
alice.delete_branch(repo, branch="side")

assert [m.id for m in anonymous.list_models(author="alice")] == [repo]
assert refused(HfHubHTTPError, bob.delete_repo, repo).response.status_code == 403
alice.delete_repo(repo)
assert not alice.repo_exists(repo)

data = "alice/python-data"
alice.create_repo(data, repo_type="dataset", private=True)
alice.upload_file(repo_id=data, repo_type="dataset", path_or_fileobj=b"x" * 100, path_in_repo="images.tar.gz")
assert alice.dataset_info(data).private
with tempfile.TemporaryDirectory() as folder:
    path = alice.hf_hub_download(data, "images.tar.gz", repo_type="dataset", local_dir=folder)
    assert Path(path).read_bytes() == b"x" * 100
print("python client: all good")
