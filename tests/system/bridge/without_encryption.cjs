// The library loads native code for end-to-end encryption, which this bridge does not use, and which is fetched from
// elsewhere when it is installed. Whoever touches it finds nothing.
const Module = require("node:module");
const load = Module._load;
Module._load = function (name, ...rest) {
  if (name.startsWith("@matrix-org/matrix-sdk-crypto-nodejs")) return new Proxy({}, { get: () => ({}) });
  return load.call(this, name, ...rest);
};
