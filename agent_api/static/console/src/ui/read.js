// What a part of a page reads by itself: one that fails never keeps the others back.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { explained } from "../state/notices.js";

/** What is shown, read anew when `keys` change. @template Value @param {() => Promise<Value>} read @param {unknown[]} keys */
export function useRead(read, keys) {
  const value = useSignal(/** @type {Value | null} */ (null));
  const fault = useSignal(/** @type {string | null} */ (null));
  const load = async () => {
    fault.value = null;
    try {
      value.value = await read();
    } catch (error) {
      fault.value = explained(error);
    }
  };
  useEffect(() => void load(), keys);
  return { value, fault, load };
}
