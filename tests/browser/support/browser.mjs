// Headless Chromium with a fake camera and microphone, and people who use the demo page in it.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { until } from './until.mjs';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required', '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows', '--disable-renderer-backgrounding',
  '--auto-select-desktop-capture-source=Entire screen',
];

export function launch() {
  const executablePath = process.env.CHROMIUM ?? CANDIDATES.find(existsSync);
  return chromium.launch({ executablePath, headless: true, args: ARGUMENTS });
}

// Runs in every page before its scripts: remembers peer connections and counts their offers. Cameras are small, so that
// a few people fit on a machine with two cores and what is measured is the server, not the browsers' encoders.
function observe() {
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (wanted) => open(wanted.video ? { ...wanted, video: { width: 320, height: 180, frameRate: 15 } } : wanted);

  const Native = window.RTCPeerConnection;
  window.__peers = [];
  window.RTCPeerConnection = class extends Native {
    constructor(...args) {
      super(...args);
      this.offers = 0;
      window.__peers.push(this);
    }
    setLocalDescription(description) {
      if (!description || description.type === 'offer') this.offers += 1;
      return super.setLocalDescription(description);
    }
    setRemoteDescription(description) {
      const rewritten = window.__rewriteSdp ? { type: description.type, sdp: window.__rewriteSdp(description.sdp) } : description;
      return super.setRemoteDescription(rewritten);
    }
  };
}

export class Person {
  static async join(browser, server, name, { init } = {}) {
    const person = new Person();
    person.name = name;
    person.context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    await person.context.grantPermissions(['camera', 'microphone']);
    person.page = await person.context.newPage();
    person.errors = [];
    person.page.on('pageerror', (error) => person.errors.push(String(error)));
    if (process.env.TEST_CONSOLE) person.page.on('console', (message) => console.log(`[${name}]`, message.text()));
    await person.page.addInitScript(observe);
    if (init) await person.page.addInitScript(init.script, init.argument);
    await person.page.goto(`${server.url}/demo`);
    await person.get('name-input').fill(name);
    await person.get('join-button').click();
    await person.page.waitForFunction(() => window.__whisker?.currentUser);
    return person;
  }

  get(testId) {
    return this.page.getByTestId(testId);
  }

  sees(other) {
    return this.get(`user-${other.name}`).waitFor();
  }

  async accept() {
    await this.get('accept-call').click();
  }

  // Selects people and starts one call with all of them.
  async callGroup(...others) {
    for (const other of others) await this.get(`select-${other.name}`).click();
    await this.get('group-call-button').click();
  }

  tile(name) {
    return this.get(`tile-${name}`);
  }

  // Inbound and outbound RTP statistics of every live peer connection.
  stats() {
    return this.page.evaluate(async () => {
      const rows = [];
      for (const peer of window.__peers.filter((peer) => peer.connectionState !== 'closed')) {
        const report = await peer.getStats();
        for (const stat of report.values()) {
          if (stat.type === 'inbound-rtp' || stat.type === 'outbound-rtp') rows.push(JSON.parse(JSON.stringify(stat)));
        }
      }
      return rows;
    });
  }

  // Frames decoded per section that has decoded any: { mid: frames }.
  async decoded() {
    const rows = (await this.stats()).filter((row) => row.type === 'inbound-rtp' && row.kind === 'video' && row.framesDecoded > 0);
    return Object.fromEntries(rows.map((row) => [row.mid, row.framesDecoded]));
  }

  async audioPackets() {
    const rows = (await this.stats()).filter((row) => row.type === 'inbound-rtp' && row.kind === 'audio' && row.packetsReceived > 0);
    return Object.fromEntries(rows.map((row) => [row.mid, row.packetsReceived]));
  }

  // Frames of the video element in a tile: what the person sees of somebody.
  framesShown(tileId) {
    return this.page.evaluate((id) => {
      const video = document.querySelector(`[data-testid="${id}"] video`);
      return video ? video.getVideoPlaybackQuality().totalVideoFrames : 0;
    }, tileId);
  }

  offers() {
    return this.page.evaluate(() => window.__peers.filter((p) => p.connectionState !== 'closed').map((p) => p.offers));
  }

  async seesVideoOf(other, patience) {
    await until(`${this.name} sees ${other.name}`, async () => (await this.framesShown(`tile-${other.name}`)) > 2, patience);
  }

  close() {
    return this.context.close();
  }
}
