'use strict';

// TypeScript to JavaScript without a native program: there is none of @swc/jest's that Wine loads.
const typescript = require('typescript');

module.exports = {
  process(source, fileName) {
    const { ModuleKind, ScriptTarget } = typescript;
    const { outputText } = typescript.transpileModule(source, {
      fileName,
      compilerOptions: {
        module: ModuleKind.CommonJS,
        target: ScriptTarget.ES2021,
        esModuleInterop: true,
        inlineSourceMap: true,
      },
    });
    return { code: outputText };
  },
};
