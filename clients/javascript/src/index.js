// Frontdesk's API for browsers and Node: REST in rest.js, the live stream in stream.js.
export { FrontdeskCall, FrontdeskCalls, watchPicture } from "./call.js";
export { FrontdeskError } from "./errors.js";
export { Frontdesk } from "./rest.js";
export { FrontdeskStream } from "./stream.js";
export { OPERATIONS } from "./operations.js";
