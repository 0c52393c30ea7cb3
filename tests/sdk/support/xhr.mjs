// What old HTTP clients need of XMLHttpRequest to upload from a browser, on top of `fetch`.
export class FetchedRequest {
  constructor() {
    this.readyState = 0;
    this.status = 0;
    this.responseHeaders = '';
    this.headers = {};
    this.progress = () => {};
    this.upload = {
      addEventListener: (name, listener) => {
        if (name === 'progress') this.progress = listener;
      },
    };
  }

  open(method, url) {
    Object.assign(this, { method, url, responseURL: url, readyState: 1 });
  }

  setRequestHeader(name, value) {
    this.headers[name] = value;
  }

  getAllResponseHeaders() {
    return this.responseHeaders;
  }

  addEventListener() {}

  abort() {}

  async send(body) {
    try {
      const answer = await fetch(this.url, { method: this.method, headers: this.headers, body: body ?? undefined });
      this.status = answer.status;
      this.statusText = answer.statusText;
      this.responseHeaders = [...answer.headers].map(([name, value]) => `${name}: ${value}\r\n`).join('');
      this.responseText = await answer.text();
      this.response = this.responseText;
      this.progress({ loaded: 1, total: 1, lengthComputable: true });
      this.readyState = 4;
      this.onreadystatechange?.();
      this.onloadend?.();
    } catch {
      this.onerror?.();
    }
  }
}
