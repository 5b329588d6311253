import type { Event } from "./machine/state";

/** How a page tells the machine what the person chose. */
export type Send = (event: Event) => void;
