export { runDemo } from './demo.js';
export { formatLeaderboard, type Leaderboard } from './leaderboard.js';
export { LiveScreen, PlainScreen, type Screen } from './screen.js';
export { DEMO_MINERS, type DemoSettings } from './settings.js';
