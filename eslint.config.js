/* The browser's code and its tests. assets/score/model gets no browser globals: what it does must run in node too. */

import js from "@eslint/js";
import globals from "globals";

const rules = {
  eqeqeq: "error",
  "no-implicit-globals": "error",
  "no-shadow": "error",
  "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
  "no-var": "error",
  "prefer-const": "error",
};
const outside = { patterns: [{ group: ["../*"], message: "The model knows no page and no drawing." }] };

export default [
  { files: ["**/*.js"], ...js.configs.recommended },
  { files: ["**/*.js"], rules, linterOptions: { reportUnusedDisableDirectives: "error" } },
  { files: ["assets/score/**/*.js"], ignores: ["assets/score/model/**"], languageOptions: { globals: globals.browser } },
  { files: ["assets/score/model/**/*.js"], rules: { "no-restricted-imports": ["error", outside] } },
  { files: ["tests/score/**/*.js"], languageOptions: { globals: globals.node } },
];
