/** What the desk screen says. */
export const desk = {
  title: "服务台",
};
