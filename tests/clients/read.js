// modbus-serial reads what stdin asks for: [[unit, function, address, count], ...], from a port.
const Modbus = require("modbus-serial");

async function main() {
  const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
  const client = new Modbus();
  await client.connectTCP("127.0.0.1", { port: Number(process.argv[2]) });
  client.setTimeout(5000);
  const found = [];
  for (const [unit, code, address, count] of asked) {
    client.setID(unit);
    const read = code === 3 ? client.readHoldingRegisters : client.readInputRegisters;
    found.push((await read.call(client, address, count)).data);
  }
  console.log(JSON.stringify(found));
  client.close(() => {});
}

main().catch((error) => {
  console.error(error.message || error);
  process.exit(1);
});
