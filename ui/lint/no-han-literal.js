/**
 * Every sentence a person reads lives in `shared/messages`: a Chinese character anywhere else is an error.
 * Comments are free.
 */
const HAN = /[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]/u;

/** @type {import("eslint").Rule.RuleModule} */
export const noHanLiteral = {
  meta: {
    type: "problem",
    schema: [],
    messages: { han: "Put this text into shared/messages: {{text}}" },
  },
  create(context) {
    /** @param {import("estree").Node} node @param {unknown} value */
    const look = (node, value) => {
      if (typeof value === "string" && HAN.test(value)) {
        context.report({ node, messageId: "han", data: { text: value.trim().slice(0, 20) } });
      }
    };
    return {
      Literal: (node) => look(node, node.value),
      TemplateElement: (node) => look(node, node.value.raw),
      SvelteText: (/** @type {any} */ node) => look(node, node.value),
      SvelteLiteral: (/** @type {any} */ node) => look(node, node.value),
    };
  },
};
