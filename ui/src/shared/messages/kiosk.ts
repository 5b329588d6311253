/** What the kiosk screen says. */
export const kiosk = {
  title: "自助接活",
};
