import type { Page } from "../logic/keymap";

/** Where the clerk is. What stands behind a page (a post's form, a ticket) is a route of its own. */
export type Route =
  | { at: "dispatch" }
  | { at: "post_form"; post: string | null; employer: string | null }
  | { at: "ticket"; text: string }
  | { at: "register" }
  | { at: "worker"; worker: string }
  | { at: "employers"; employer: string | null; adding: boolean }
  | { at: "ledger" }
  | { at: "import" }
  | { at: "settings" }
  | { at: "devices" }
  | { at: "printers" };

export function routeOf(page: Page): Route {
  switch (page) {
    case "dispatch":
    case "register":
    case "ledger":
    case "import":
    case "settings":
    case "devices":
    case "printers":
      return { at: page };
    case "employers":
      return { at: page, employer: null, adding: false };
  }
}

/** The key in the navigation that stays lit. */
export function pageOf(route: Route): Page {
  switch (route.at) {
    case "post_form":
    case "ticket":
      return "dispatch";
    case "worker":
      return "register";
    case "dispatch":
    case "register":
    case "employers":
    case "ledger":
    case "import":
    case "settings":
    case "devices":
    case "printers":
      return route.at;
  }
}
