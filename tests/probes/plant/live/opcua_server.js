// SPDX-License-Identifier: Apache-2.0
// A server of node-opcua with a value that changes, one that stands still and one of a broken sensor; ends with its input.
const { OPCUAServer, Variant, DataType, StatusCodes } = require("node-opcua");
(async () => {
  const server = new OPCUAServer({ port: Number(process.argv[2]), hostname: "127.0.0.1", disableDiscovery: true });
  await server.initialize();
  const space = server.engine.addressSpace.getOwnNamespace();
  const plant = space.addObject({ organizedBy: server.engine.addressSpace.rootFolder.objects, browseName: "Plant" });
  let step = 0;
  const add = (name, get) => space.addVariable({
    componentOf: plant, nodeId: `s=${name}`, browseName: name, dataType: "Double", minimumSamplingInterval: 50, value: { get },
  });
  add("good", () => new Variant({ dataType: DataType.Double, value: 20 + ((step++ * 37) % 11) / 7 }));
  add("frozen", () => new Variant({ dataType: DataType.Double, value: 4.5 }));
  add("bad", () => StatusCodes.BadSensorFailure);
  await server.start();
  console.log(`ready ${space.index}`);
  process.stdin.resume();
  process.stdin.on("end", async () => { await server.shutdown(); process.exit(0); });
})();
