import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import { noHanLiteral } from "./lint/no-han-literal.js";
import svelteConfig from "./svelte.config.js";

const tauri = {
  group: ["@tauri-apps/*"],
  message: "Only backend/tauri.ts may speak to the shell: use the seam in backend/backend.ts.",
};
const screens = ["kiosk", "desk", "wall"];
const otherScreens = (own) => ({
  group: screens.filter((name) => name !== own).map((name) => `**/${name}/**`),
  message: "A screen may import only shared, backend and itself.",
});
const anyScreen = {
  group: ["**/screens/**"],
  message: "shared and backend know no screen.",
};
const restrict = (...patterns) => ({ "no-restricted-imports": ["error", { patterns }] });

export default ts.config(
  { ignores: ["dist", "node_modules", "src/backend/generated"] },
  js.configs.recommended,
  ...ts.configs.strictTypeChecked.map((config) => ({ ...config, files: ["src/**/*.ts", "src/**/*.svelte"] })),
  ...svelte.configs.recommended,
  {
    files: ["src/**/*.ts", "src/**/*.svelte"],
    languageOptions: {
      globals: globals.browser,
      parserOptions: {
        projectService: true,
        extraFileExtensions: [".svelte"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { local: { rules: { "no-han-literal": noHanLiteral } } },
    rules: {
      "local/no-han-literal": "error",
      "no-console": "error",
      "no-undef": "off",
      eqeqeq: "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/no-misused-spread": ["error", { allow: ["string"] }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      ...restrict(tauri),
    },
  },
  {
    files: ["src/**/*.svelte", "src/**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    rules: {
      // The content security policy forbids style attributes and style elements made at run time.
      "no-restricted-syntax": [
        "error",
        { selector: "SvelteAttribute[key.name='style']", message: "Use a class, or a style: directive." },
        { selector: "SvelteDirective[kind='Transition']", message: "Transitions inject styles." },
        { selector: "SvelteDirective[kind='Animation']", message: "Animations inject styles." },
      ],
      "svelte/no-at-html-tags": "error",
      "prefer-const": "off",
      "svelte/prefer-const": ["error", { destructuring: "all" }],
    },
  },
  ...screens.map((own) => ({
    files: [`src/screens/${own}/**`],
    rules: restrict(tauri, otherScreens(own)),
  })),
  { files: ["src/shared/**", "src/backend/**"], rules: restrict(tauri, anyScreen) },
  { files: ["src/backend/tauri.ts"], rules: restrict(anyScreen) },
  {
    // Messages are the strings; the fake and the tests invent data.
    files: ["src/shared/messages/**", "src/backend/fake.ts", "src/backend/fake/**", "src/**/*.test.ts"],
    rules: { "local/no-han-literal": "off" },
  },
  { files: ["*.ts"], languageOptions: { parser: ts.parser } },
  { files: ["*.js", "*.ts", "lint/**"], languageOptions: { globals: globals.node } },
);
