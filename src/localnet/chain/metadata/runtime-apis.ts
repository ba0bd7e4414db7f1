/** One runtime API: `method: 'name: type, ...' -> output`. */
export interface RuntimeApiDescription {
  readonly version: number;
  readonly methods: Readonly<Record<string, readonly [inputs: string, output: string]>>;
}

/** The runtime APIs that `state_call` answers, as the metadata tells clients. */
export const RUNTIME_APIS: Readonly<Record<string, RuntimeApiDescription>> = {
  Core: { version: 5, methods: { version: ['', 'RuntimeVersion'] } },
  Metadata: {
    version: 2,
    methods: {
      metadata: ['', 'OpaqueMetadata'],
      metadata_at_version: ['version: u32', 'Option<OpaqueMetadata>'],
      metadata_versions: ['', 'Vec<u32>'],
    },
  },
  AccountNonceApi: { version: 1, methods: { account_nonce: ['account: AccountId32', 'u32'] } },
  TransactionPaymentApi: {
    version: 4,
    methods: {
      query_info: ['uxt: UncheckedExtrinsic, len: u32', 'RuntimeDispatchInfo'],
      query_fee_details: ['uxt: UncheckedExtrinsic, len: u32', 'FeeDetails'],
    },
  },
  NeuronInfoRuntimeApi: {
    version: 1,
    methods: { get_neurons_lite: ['netuid: NetUid', 'Vec<NeuronInfoLite>'] },
  },
  SubnetInfoRuntimeApi: {
    version: 2,
    methods: {
      get_selective_metagraph: ['netuid: NetUid, metagraph_indexes: Vec<u16>', 'Option<SelectiveMetagraph>'],
      get_next_epoch_start_block: ['netuid: NetUid', 'Option<u64>'],
    },
  },
};
