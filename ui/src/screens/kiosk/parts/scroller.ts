/** What a page may ask of the area that scrolls in it. */
export type Scroller = { readonly above: boolean; readonly below: boolean; move(direction: 1 | -1): void };
