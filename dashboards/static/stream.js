// One stream of events a page: closed while hidden, resumed where it left off, tried for ever.
const SILENCE_MS = 40_000; // the server pings every 15 s
const RETRY_MS = [1000, 2000, 5000, 10_000];

export class Stream {
  #source = null;
  #position;
  #address;
  #handlers;
  #heard = 0;
  #failures = 0;
  #timer = 0;

  // handlers: by the event's name, given its data; link("live" | "lost")
  constructor(address, position, handlers) {
    this.#address = address;
    this.#position = position;
    this.#handlers = handlers;
    document.addEventListener("visibilitychange", () => this.#follow());
    window.addEventListener("pagehide", () => this.#close());
    window.addEventListener("pageshow", () => this.#follow());
    setInterval(() => this.#watch(), 5000);
    this.#follow();
  }

  #follow() {
    if (document.hidden) this.#close();
    else if (!this.#source) this.#open();
  }

  #open() {
    clearTimeout(this.#timer);
    const source = new EventSource(`${this.#address}&after=${encodeURIComponent(this.#position)}`);
    this.#source = source;
    this.#heard = Date.now();
    source.onopen = () => this.#hear();
    source.onerror = () => this.#fail();
    for (const name of Object.keys(this.#handlers).filter((name) => name !== "link")) {
      source.addEventListener(name, (event) => {
        if (event.lastEventId) this.#position = event.lastEventId;
        this.#hear();
        this.#handlers[name](JSON.parse(event.data));
      });
    }
  }

  #hear() {
    this.#heard = Date.now();
    this.#failures = 0;
    this.#handlers.link("live");
  }

  #fail() {
    this.#close();
    this.#handlers.link("lost");
    const wait = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)];
    this.#timer = setTimeout(() => this.#follow(), wait);
  }

  #watch() {
    if (this.#source && Date.now() - this.#heard > SILENCE_MS) this.#fail();
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }
}
