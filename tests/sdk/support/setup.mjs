// Before any SDK is loaded: what a browser has and Node 20 has not. And quiet: the packages log signals and lost sockets,
// which the cases make on purpose.
import { install } from './sockets.mjs';

install();
console.log = () => {};
console.error = () => {};
console.warn = () => {};
