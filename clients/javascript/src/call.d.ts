// Types of calls between browsers.

export type CallKind = "audio" | "video";
export type CallState = "ringing" | "connecting" | "connected" | "reconnecting" | "ended";

/** What is known of a call, also of one that another page has. */
export interface Told {
  readonly call_id: string;
  readonly state: "ringing" | "active" | "ended";
  readonly kind: CallKind;
  readonly started_by: string;
  readonly conversation_id?: string;
  readonly cause?: string | null;
}

export interface CallsOptions {
  side: "agent" | "customer";
  /** Sends a command on the socket; answers its ack. */
  send: (type: string, fields: Record<string, any>) => Promise<any>;
  /** The other side rings. */
  onRing?: (told: Told) => void;
  /** Every change of any call, also of those that other pages have. */
  onTold?: (told: Told) => void;
  /** A call of this page changed: its state, or a stream. */
  onChange?: (call: FrontdeskCall) => void;
  mediaDevices?: MediaDevices;
  RTCPeerConnection?: typeof RTCPeerConnection;
  rtc?: RTCConfiguration;
}

/** What a page needs for calls: give it every frame by `take`, and say by `connected` when the socket is open, again too. */
export declare class FrontdeskCalls {
  constructor(options: CallsOptions);
  readonly device: string;
  readonly current: FrontdeskCall | null;
  start(wanted: { kind: CallKind; conversationId?: string; via?: "peer" | "room" }): Promise<FrontdeskCall>;
  answer(callId: string, kind: CallKind): Promise<FrontdeskCall>;
  decline(callId: string): Promise<void>;
  take(frame: any): void;
  connected(): void;
  devices(): Promise<MediaDeviceInfo[]>;
}

/** One call of this page. Its streams can be shown as they are. */
export declare class FrontdeskCall {
  private constructor();
  readonly id: string;
  readonly kind: CallKind;
  readonly state: CallState;
  readonly cause: string | null;
  readonly local: MediaStream;
  readonly remote: MediaStream;
  /** Where a LiveKit server carries the call: hand it to that server's own client, with the tracks of `local`. */
  readonly room: { url: string; token: string } | null;
  readonly screen: MediaStream | null;
  readonly connection: RTCPeerConnection;
  hangUp(): Promise<void>;
  mute(kind: CallKind, off: boolean): void;
  use(kind: CallKind, deviceId: string): Promise<void>;
  shareScreen(): Promise<void>;
  stopSharing(): Promise<void>;
}

/** Tells whether pictures come in at an element that plays a call's `remote`; answers how to end that. */
export declare function watchPicture(video: HTMLVideoElement, tell: (seen: boolean) => void): () => void;
