// Calls between a customer and an agent: ringing over the sockets they have, sound and pictures from browser to browser.

import { FrontdeskError } from "./errors.js";

const JOIN_EVERY = 15_000;
/** Candidates of a moment travel together: a socket takes only so many frames. */
const GATHER = 60;
const CANDIDATES_MOST = 32;
/** A path that is interrupted often mends itself; after this long another one is looked for. */
const MENDS = 3_000;
/** A shared screen on which nothing moves brings a picture a second. */
const STILL = 5_000;
const STATES = { "call.started": "ringing", "call.answered": "active", "call.ended": "ended" };

/**
 * @typedef {"audio" | "video"} Kind
 * @typedef {"ringing" | "connecting" | "connected" | "reconnecting" | "ended"} CallState
 * @typedef {{call_id: string, state: "ringing" | "active" | "ended", kind: Kind, started_by: string, conversation_id?: string,
 *   cause?: string | null}} Told
 * @typedef {object} CallsOptions
 * @property {"agent" | "customer"} side Which one this is.
 * @property {(type: string, fields: Record<string, any>) => Promise<any>} send Sends a command on the socket; answers its ack.
 * @property {(told: Told) => void} [onRing] The other side rings.
 * @property {(told: Told) => void} [onTold] Every change of any call, also of those that other pages have.
 * @property {(call: FrontdeskCall) => void} [onChange] A call of this page changed: its state, or a stream.
 * @property {MediaDevices} [mediaDevices] Another than the platform's.
 * @property {typeof RTCPeerConnection} [RTCPeerConnection] Another than the platform's.
 * @property {RTCConfiguration} [rtc] More of the connection's settings.
 */

/**
 * What a page needs for calls. Give every frame that is no answer of `send` to `take`, and say when the socket is open (again) by
 * `connected`. With FrontdeskStream: `onEvent: calls.take`, `onOther: calls.take`, and on the state "open" `calls.connected()`.
 */
export class FrontdeskCalls {
  /** @param {CallsOptions} options */
  constructor(options) {
    this.options = options;
    /** This page, of somebody's many. */
    this.device = crypto.randomUUID();
    /** @type {FrontdeskCall | null} */
    this.current = null;
    this.take = this.take.bind(this);
    this.connected = this.connected.bind(this);
  }

  /**
   * Rings the other side. Raises FrontdeskError where that can't be, and DOMException where camera or microphone can't be had.
   * @param {{kind: Kind, conversationId?: string, via?: "peer" | "room"}} wanted
   * @returns {Promise<FrontdeskCall>}
   */
  async start({ kind, conversationId, via = "peer" }) {
    const local = await this._media(kind);
    const fields = conversationId === undefined ? { kind, via } : { kind, via, conversation_id: conversationId };
    return this._open("call.start", fields, local);
  }

  /**
   * Answers what rings. Raises as `start`; another page, or another agent, may have been quicker.
   * @param {string} callId
   * @param {Kind} kind
   * @returns {Promise<FrontdeskCall>}
   */
  async answer(callId, kind) {
    const local = await this._media(kind);
    return this._open("call.answer", { call_id: callId }, local);
  }

  /** @param {string} callId */
  async decline(callId) {
    await this.options.send("call.decline", { call_id: callId });
  }

  /** A frame of the socket; those about other things are passed over. @param {any} frame */
  take(frame) {
    if (frame.type === "call.signal") {
      const call = this.current;
      if (call !== null && call.id === frame.call_id) call._signalled(frame.signal);
      return;
    }
    const told = toldOf(frame);
    if (told === null) return;
    if (this.current !== null && this.current.id === told.call_id) this.current._told(told);
    else if (told.state === "ringing" && told.started_by !== this.options.side) this.options.onRing?.(told);
    this.options.onTold?.(told);
  }

  /** The socket is open, again: what was said meanwhile is lost, so both sides look for a way anew. */
  connected() {
    this.current?._back();
  }

  /** What can be chosen of; names are empty until the user has allowed one. @returns {Promise<MediaDeviceInfo[]>} */
  async devices() {
    return this._devices.enumerateDevices();
  }

  get _devices() {
    return this.options.mediaDevices ?? navigator.mediaDevices;
  }

  /** @param {Kind} kind */
  _media(kind) {
    return this._devices.getUserMedia({ audio: true, video: kind === "video" });
  }

  /**
   * @param {string} command
   * @param {Record<string, any>} fields
   * @param {MediaStream} local
   */
  async _open(command, fields, local) {
    let ack;
    try {
      if (this.current !== null) throw new FrontdeskError("call_goes_on", "This page is in a call already.");
      ack = await this.options.send(command, { ...fields, device: this.device });
    } catch (error) {
      for (const track of local.getTracks()) track.stop();
      throw error;
    }
    const call = new FrontdeskCall(this, ack.call, ack.connection, local);
    this.current = call;
    call._told({ ...ack.call, call_id: ack.call.id });
    return call;
  }
}

/** One call of this page, by perfect negotiation (W3C WebRTC §10.7). Its streams can be shown as they are. */
export class FrontdeskCall {
  /**
   * @param {FrontdeskCalls} calls
   * @param {any} call
   * @param {any} connection
   * @param {MediaStream} local
   */
  constructor(calls, call, connection, local) {
    this.id = call.id;
    /** @type {Kind} */
    this.kind = call.kind;
    this.local = local;
    /**
     * Where a LiveKit server carries the call: hand it to that server's own client, with the tracks of `local`.
     * @type {{url: string, token: string} | null}
     */
    this.room = connection.room;
    this.remote = new MediaStream();
    /** @type {CallState} */
    this.state = "ringing";
    /** @type {string | null} */
    this.cause = null;
    /** @type {MediaStream | null} */
    this.screen = null;
    this._calls = calls;
    this._polite = connection.polite;
    this._active = false;
    this._makingOffer = false;
    this._ignoreOffer = false;
    this._settingAnswer = false;
    /** @type {RTCIceCandidateInit[]} */
    this._candidates = [];
    this._work = Promise.resolve();
    /** @type {Record<string, any>} */
    this._timers = {};
    const Connection = calls.options.RTCPeerConnection ?? RTCPeerConnection;
    const servers = connection.ice_servers.map((/** @type {any} */ one) =>
      one.username === null ? { urls: one.urls } : { urls: one.urls, username: one.username, credential: one.credential },
    );
    this.connection = new Connection({ ...calls.options.rtc, iceServers: servers });
    this._listen();
  }

  /** Hangs up, or stops ringing. The other side learns of it as soon as this one has a socket. */
  async hangUp() {
    const done = this._calls.options.send("call.end", { call_id: this.id });
    this._end("hung_up");
    await done;
  }

  /** Silences the microphone or darkens the camera; the other side hears and sees nothing of it. @param {Kind} kind @param {boolean} off */
  mute(kind, off) {
    for (const track of this.local.getTracks()) if (track.kind === kind) track.enabled = !off;
    this._changed();
  }

  /** Another microphone or camera, without a new negotiation. Also brings a camera into a call of sound; "" is the browser's choice. @param {Kind} kind @param {string} deviceId */
  async use(kind, deviceId) {
    const wanted = deviceId === "" ? true : { deviceId: { exact: deviceId } };
    const fresh = await this._calls._devices.getUserMedia(kind === "audio" ? { audio: wanted } : { video: wanted });
    const [track] = fresh.getTracks();
    for (const old of this.local.getTracks()) {
      if (old.kind !== kind) continue;
      track.enabled = old.enabled;
      old.stop();
      this.local.removeTrack(old);
    }
    this.local.addTrack(track);
    if (kind === "audio" || this.screen === null) await this._put(track);
    this._changed();
  }

  /** Shows a screen or window in place of the camera, until `stopSharing` or until the user ends it. */
  async shareScreen() {
    const screen = await this._calls._devices.getDisplayMedia({ video: true });
    const [track] = screen.getVideoTracks();
    track.onended = () => void this.stopSharing();
    this.screen = screen;
    await this._put(track);
    this._changed();
  }

  /** Back to the camera, or to no picture. */
  async stopSharing() {
    const screen = this.screen;
    if (screen === null) return;
    this.screen = null;
    for (const track of screen.getTracks()) track.stop();
    await this._sender("video")?.replaceTrack(this.local.getVideoTracks()[0] ?? null);
    this._changed();
  }

  /** @param {Kind} kind */
  _sender(kind) {
    return this.connection.getTransceivers().find((one) => one.receiver.track.kind === kind && one.direction.startsWith("send"))?.sender;
  }

  /** @param {MediaStreamTrack} track */
  async _put(track) {
    const sender = this._sender(/** @type {Kind} */ (track.kind));
    if (sender === undefined) this.connection.addTrack(track, this.local);
    else await sender.replaceTrack(track);
  }

  _listen() {
    const connection = this.connection;
    connection.onnegotiationneeded = () => void this._offer();
    connection.onicecandidate = ({ candidate }) => {
      if (candidate !== null) this._gathered(candidate.toJSON());
    };
    connection.ontrack = ({ track }) => {
      for (const old of this.remote.getTracks()) if (old.kind === track.kind) this.remote.removeTrack(old);
      this.remote.addTrack(track);
      this._changed();
    };
    connection.onconnectionstatechange = () => this._moved();
  }

  _moved() {
    const state = this.connection.connectionState;
    clearTimeout(this._timers.mends);
    if (state === "connected") this._say("connected");
    if (state === "failed") this._restart();
    if (state === "disconnected") {
      this._say("reconnecting");
      this._timers.mends = setTimeout(() => this._restart(), MENDS);
    }
  }

  _restart() {
    if (this.state === "ended") return;
    this._say("reconnecting");
    this.connection.restartIce();
  }

  async _offer() {
    try {
      this._makingOffer = true;
      await this.connection.setLocalDescription();
      this._describe();
    } catch (error) {
      if (!this._over()) throw error;
    } finally {
      this._makingOffer = false;
    }
  }

  _describe() {
    const description = this.connection.localDescription;
    if (description !== null) this._tell({ description: { type: description.type, sdp: description.sdp } });
  }

  /** @param {RTCIceCandidateInit} candidate */
  _gathered(candidate) {
    this._candidates.push(candidate);
    this._timers.gather ??= setTimeout(() => {
      this._timers.gather = undefined;
      for (const some of inParts(this._candidates.splice(0))) this._tell({ candidates: some });
    }, GATHER);
  }

  /** A signal that doesn't arrive is made up for when the socket is back. @param {any} signal */
  _tell(signal) {
    if (this.state === "ended") return;
    this._calls.options.send("call.signal", { call_id: this.id, signal }).catch(() => {});
  }

  /** Signals are taken one after another, in the order they came. @param {any} signal */
  _signalled(signal) {
    this._work = this._work.then(() => this._signal(signal)).catch((error) => {
      if (this.state !== "ended") console.warn("a signal could not be taken", error.name);
    });
  }

  /** @param {any} signal */
  async _signal({ description, candidates, restart }) {
    if (this.state === "ended") return;
    if (description !== undefined && !(await this._described(description))) return;
    for (const candidate of candidates ?? []) {
      try {
        await this.connection.addIceCandidate(candidate);
      } catch (error) {
        // Candidates of an offer that was ignored, or of a path given up since, fit nothing here.
        if (!this._ignoreOffer && this.connection.remoteDescription?.sdp.includes(candidate.usernameFragment)) throw error;
      }
    }
    if (restart) this._again();
  }

  /** False where the description is not taken: both sides made an offer, and this one doesn't give way. @param {any} description */
  async _described(description) {
    const connection = this.connection;
    const ready = !this._makingOffer && (connection.signalingState === "stable" || this._settingAnswer);
    this._ignoreOffer = description.type === "offer" && !ready && !this._polite;
    if (this._ignoreOffer) return false;
    // An answer to an offer that was taken back, or one that came twice.
    if (description.type === "answer" && connection.signalingState !== "have-local-offer") return false;
    this._settingAnswer = description.type === "answer";
    try {
      await connection.setRemoteDescription(description);
    } finally {
      this._settingAnswer = false;
    }
    if (description.type === "offer") {
      await connection.setLocalDescription();
      this._describe();
    }
    return true;
  }

  /** The other side was away: what it was told meanwhile it did not hear. */
  _again() {
    if (this.connection.signalingState === "have-local-offer") this._describe();
    else this.connection.restartIce();
  }

  /** @param {Told} told */
  _told(told) {
    if (told.state === "ended") this._end(told.cause ?? null);
    if (told.state !== "active" || this._active) return;
    this._active = true;
    this._say("connecting");
    void this._begin();
  }

  async _begin() {
    await this._join();
    if (this._over()) return;
    if (this.room !== null) {
      this._say("connected");
      return;
    }
    for (const track of this.local.getTracks()) this.connection.addTrack(track, this.local);
    this._tell({ restart: true });
  }

  _back() {
    if (!this._active) return;
    void this._join().then(() => {
      if (this.room !== null) return;
      if (this.connection.signalingState === "have-local-offer") this._describe();
      this._tell({ restart: true });
    });
  }

  /** Says that this page is in the call still, and again and again. */
  async _join() {
    clearTimeout(this._timers.join);
    if (this.state === "ended") return;
    try {
      const ack = await this._calls.options.send("call.join", { call_id: this.id, device: this._calls.device });
      this.room = ack.connection.room;
    } catch (error) {
      const code = error instanceof FrontdeskError ? error.code : "";
      if (code === "conflict" || code === "not_found") this._end("lost");
    }
    if (!this._over()) this._timers.join = setTimeout(() => void this._still(), JOIN_EVERY);
  }

  /** Where both sides still don't hear each other, a signal was lost on the way: what was told is told again. */
  async _still() {
    await this._join();
    if (!this._over() && this.room === null && this.connection.connectionState !== "connected") this._tell({ restart: true });
  }

  /** Asked after a wait, in which it may have ended. */
  _over() {
    return this.state === "ended";
  }

  /** @param {string | null} cause */
  _end(cause) {
    if (this.state === "ended") return;
    for (const timer of Object.values(this._timers)) clearTimeout(timer);
    this.connection.close();
    for (const stream of [this.local, this.screen]) for (const track of stream?.getTracks() ?? []) track.stop();
    this.cause = cause;
    if (this._calls.current === this) this._calls.current = null;
    this._say("ended");
  }

  /** @param {CallState} state */
  _say(state) {
    if (this.state === "ended" || this.state === state) return;
    this.state = state;
    this._changed();
  }

  _changed() {
    this._calls.options.onChange?.(this);
  }
}

/** @template T @param {T[]} all @returns {T[][]} */
function inParts(all) {
  const parts = [];
  for (let start = 0; start < all.length; start += CANDIDATES_MOST) parts.push(all.slice(start, start + CANDIDATES_MOST));
  return parts;
}

/** What an event of the stream, or a customer's frame, says of a call; null for any other. @param {any} frame @returns {Told | null} */
function toldOf(frame) {
  const state = STATES[/** @type {keyof typeof STATES} */ (frame.type)];
  if (state !== undefined) return { ...frame.data, state };
  return frame.type === "call" ? { ...frame, started_by: frame.started_by === "you" ? "customer" : "agent" } : null;
}

/**
 * Tells whether pictures come in at an element that plays a call's `remote`: a track says nothing of a camera that was switched off.
 * Answers how to end that.
 * @param {HTMLVideoElement} video
 * @param {(seen: boolean) => void} tell Called when it changes; at first nothing is seen.
 */
export function watchPicture(video, tell) {
  let last = -Infinity, said = false;
  const look = () => {
    const seen = "requestVideoFrameCallback" in video ? performance.now() - last < STILL : video.videoWidth > 0;
    if (seen !== said) tell((said = seen));
  };
  const frame = () => {
    last = performance.now();
    look();
    video.requestVideoFrameCallback(frame);
  };
  video.requestVideoFrameCallback?.(frame);
  const timer = setInterval(look, 1_000);
  return () => clearInterval(timer);
}
