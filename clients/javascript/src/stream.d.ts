// The live stream's types.

export interface Frame {
  readonly id: string;
  readonly type: string;
  readonly at: string;
  readonly seq: number;
  readonly prev: number;
  readonly data: Record<string, any>;
}

export type StreamState = "connecting" | "open" | "waiting" | "stopped";

export interface StreamOptions {
  baseUrl: string;
  /** An API key, for programs. */
  key?: string;
  /** Gets a one-use ticket, for pages: their keys must not stand in URLs. */
  ticket?: () => Promise<string>;
  filter?: "all" | "mine" | "team" | "conversation";
  id?: string;
  after?: number;
  epoch?: string;
  /** Called for each event, in order, each number once. */
  onEvent: (frame: Frame) => void;
  /** Read the lists again: what was missed can't be replayed. */
  /** Called for frames that are no events, such as the signals of a call. */
  onOther?: (frame: any) => void;
  onSnapshot?: (reason: string, head: number) => void;
  onState?: (state: StreamState, detail?: any) => void;
  WebSocket?: any;
}

/** Follows a tenant's events for as long as it is not stopped. */
export declare class FrontdeskStream {
  constructor(options: StreamOptions);
  /** The last number; keep it with `epoch` for the next start. */
  readonly last: number | undefined;
  readonly epoch: string | undefined;
  readonly gaps: number;
  start(): void;
  stop(): void;
  send(type: string, fields?: Record<string, any>): Promise<any>;
}
