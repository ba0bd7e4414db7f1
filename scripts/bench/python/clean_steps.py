"""Times steps on a machine that others use too: the same rule as scripts/bench/meter.mjs. A step is clean when other
processes (or the hypervisor) had less than 6 % of the machine's CPU time meanwhile, by /proc/stat."""

import os
import statistics
import time

TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
CPUS = os.cpu_count() or 1
CLEAN_SHARE = 0.06


def _busy_seconds():
    with open("/proc/stat", encoding="ascii") as stat:
        user, nice, system, _idle, _waiting, interrupts, soft, stolen = map(int, stat.readline().split()[1:9])
    return (user + nice + system + interrupts + soft + stolen) * TICK_SECONDS


def _own_seconds():
    own = os.times()
    return own.user + own.system


class CleanSteps:
    """Collects steps: `begin()`, the work, `end(units)` for so many units of work."""

    def __init__(self):
        self.seconds, self.foreign = [], []

    def begin(self):
        self._start = (_busy_seconds(), _own_seconds(), time.perf_counter())

    def end(self, units=1):
        busy, own, start = self._start
        wall = time.perf_counter() - start
        # Both counters are cut to whole ticks: up to two of them are nobody's.
        others = _busy_seconds() - busy - (_own_seconds() - own) - 2 * TICK_SECONDS
        self.seconds.append(wall / units)
        self.foreign.append(max(0.0, others) / (wall * CPUS))

    def report(self, images):
        """Speed of a unit with so many images; `images_per_s_clean` is None when fewer than two are clean."""
        clean = [s for s, f in zip(self.seconds, self.foreign) if f < CLEAN_SHARE]
        middle = statistics.median(self.seconds)
        return {
            "step_ms": round(middle * 1e3, 2),
            "step_ms_min": round(min(self.seconds) * 1e3, 2),
            "images_per_s": round(images / middle, 2),
            "images_per_s_clean": round(images / statistics.median(clean), 2) if len(clean) >= 2 else None,
            "foreign_cpu": round(statistics.mean(self.foreign), 3),
            "clean_steps": len(clean),
        }


def peak_rss_mib():
    """The most memory that this process has had resident."""
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1024)
