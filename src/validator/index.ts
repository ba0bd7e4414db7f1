export { VALIDATOR_DEFAULTS, type ValidatorSettings } from './settings.js';
