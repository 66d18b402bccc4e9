'use strict';

// Jest finds modules with unrs-resolver, which asks Windows for more about a file than Wine answers. In its place: Node's
// own resolver. `node -r resolver-in-js.cjs jest.js`
const Module = require('node:module');
const fs = require('node:fs');
const path = require('node:path');

class ResolverFactory {
  constructor(options) {
    this.extensions = options.extensions ?? [];
  }
  cloneWithOptions(options) {
    return new ResolverFactory(options);
  }
  clearCache() {}
  sync(from, request) {
    try {
      return { path: this.file(from, request) };
    } catch (error) {
      return { error: error.message };
    }
  }
  file(from, request) {
    const plain = /^\.\.?([/\\]|$)/.test(request) || path.isAbsolute(request) ? path.resolve(from, request) : undefined;
    if (plain) {
      const index = path.join(plain, 'index');
      const names = [plain, ...[plain, index].flatMap((name) => this.extensions.map((extension) => name + extension))];
      const found = names.find((name) => fs.statSync(name, { throwIfNoEntry: false })?.isFile());
      if (found) return found;
    }
    return Module.createRequire(path.join(from, 'x.js')).resolve(request);
  }
}

const load = Module._load;
Module._load = function (request, ...rest) {
  return request === 'unrs-resolver' ? { ResolverFactory } : load.call(this, request, ...rest);
};
