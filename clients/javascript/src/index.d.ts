// Types of the client. Those of requests and answers are generated from the OpenAPI document (types.d.ts).
import type { Operations } from "./types.js";

export type * from "./types.js";
export * from "./stream.js";
export * from "./call.js";

export declare const OPERATIONS: { readonly [Name in keyof Operations]: readonly [string, string] };

export declare class FrontdeskError extends Error {
  constructor(
    code: string,
    detail: string,
    more?: { status?: number; problem?: Record<string, any>; retryAfter?: number; cause?: unknown },
  );
  readonly code: string;
  readonly detail: string;
  /** The HTTP status; 0: there was no answer. */
  readonly status: number;
  readonly problem: Record<string, unknown>;
  readonly retryAfter?: number;
}

export interface Options {
  baseUrl: string;
  /** An API key or a session's token. Without one, for pages of the service itself: the session's cookie. */
  key?: string;
  fetch?: typeof fetch;
  timeout?: number;
}

type Given<Part, Name extends string> = Part extends Record<string, never> | undefined
  ? { [K in Name]?: undefined }
  : {} extends Part
    ? { [K in Name]?: Part }
    : { [K in Name]: Part };

/** Changes of what has a version name the one they were made from, or `"*"` for whatever it is. */
type Versioned<Is> = Is extends true ? { ifMatch: string | number } : { ifMatch?: undefined };

export type Asked<Name extends keyof Operations> = Given<Operations[Name]["path"], "path"> &
  Versioned<Operations[Name]["versioned"]> &
  Given<Operations[Name]["query"], "query"> &
  Given<Operations[Name]["body"], "body"> & {
    /** What is sent as it is, for uploads. */
    bytes?: Uint8Array;
    idempotencyKey?: string;
    signal?: AbortSignal;
  };

/** What lists take, by operation: one type each, so that the compiler need not multiply them. */
type ListsAsked = {
  [Name in keyof Operations]: {
    path?: Operations[Name]["path"];
    query?: Operations[Name]["query"];
    signal?: AbortSignal;
  };
};

type Method<Name extends keyof Operations> = {} extends Asked<Name>
  ? (asked?: Asked<Name>) => Promise<Operations[Name]["answer"]>
  : (asked: Asked<Name>) => Promise<Operations[Name]["answer"]>;

type Item<Answer> = Answer extends { items: Array<infer One> } ? One : never;

declare class Calls {
  constructor(options: Options);
  readonly baseUrl: string;
  /** Headers that say who asks. */
  authorization(): Record<string, string>;
  call<Name extends keyof Operations>(operation: Name, asked: Asked<Name>): Promise<Operations[Name]["answer"]>;
  request<Name extends keyof Operations>(
    operation: Name,
    asked: Asked<Name>,
  ): Promise<{ body: Operations[Name]["answer"]; version: number | null; status: number; headers: Headers }>;
  items<Name extends keyof Operations>(
    operation: Name,
    asked?: ListsAsked[Name],
  ): AsyncGenerator<Item<Operations[Name]["answer"]>, void, undefined>;
}

/** Calls the API: one method for every operation. */
export type Frontdesk = Calls & { readonly [Name in keyof Operations]: Method<Name> };
export declare const Frontdesk: { new (options: Options): Frontdesk };
