/** Version of this package; a test compares it with package.json. */
export const VERSION = '0.1.0';

/** How this library names itself to the server. Names that start with `Whisker` get calls through the SFU. */
export const USER_AGENT = `Whisker-JS/${VERSION}`;
