/** What the wall screen says. */
export const wall = {
  title: "用工大屏",
};
