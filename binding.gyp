# A plain `node-gyp rebuild` is handed over to the real build, scripts/build-native.mjs (cmake-js).
{
  'targets': [
    {
      'target_name': 'healthtensor',
      'type': 'none',
      'actions': [
        {
          'action_name': 'build_native',
          'message': 'Handing over to scripts/build-native.mjs',
          'inputs': ['CMakeLists.txt'],
          # Never made: whether there is anything to build is decided over there.
          'outputs': ['<(INTERMEDIATE_DIR)/always'],
          'action': ['node', 'scripts/build-native.mjs'],
        },
      ],
    },
  ],
}
