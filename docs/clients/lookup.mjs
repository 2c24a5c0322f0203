// node lookup.mjs HOST:PORT CODE; needs @grpc/grpc-js and @grpc/proto-loader.
import { readFileSync } from "node:fs";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const file = "mra/lookup/v1/lookup.proto";
const options = { includeDirs: ["protos"], keepCase: true, enums: String, longs: Number };
const { Lookup } = grpc.loadPackageDefinition(loader.loadSync(file, options)).mra.lookup.v1;
const pem = ["ca.pem", "border.key", "border.pem"].map((name) => readFileSync(name));
const [address, code] = process.argv.slice(2);
const client = new Lookup(address, grpc.credentials.createSsl(...pem));
const request = { question: { code }, language: "en" };
client.Lookup(request, { deadline: Date.now() + 5000 }, (error, response) => {
  if (error) throw error;
  const { verdict, reason, sentence } = response.answer;
  console.log(`${verdict}\n${reason}\n${sentence}`);
  client.close();
});
