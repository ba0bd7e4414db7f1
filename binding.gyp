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
          'outputs': ['<(module_root_dir)/build/Release/build-stamp.json'],
          'action': ['node', 'scripts/build-native.mjs'],
        },
      ],
    },
  ],
}
