// A client and a handler of Dubbo's Triple protocol: `Say` answers one text, `Chat` each of a stream.
const { createPromiseClient } = require('@apachedubbo/dubbo');
const { createDubboTransport, dubboNodeAdapter } = require('@apachedubbo/dubbo-node');
const { MethodKind, StringValue } = require('@bufbuild/protobuf');

const method = (name, kind) => ({ name, kind, I: StringValue, O: StringValue });
const Echo = {
  typeName: 'fairway.test.Triple',
  methods: { say: method('Say', MethodKind.Unary), chat: method('Chat', MethodKind.BiDiStreaming) },
};

/** A client of `baseUrl` over HTTP/2. */
function tripleClient(baseUrl) {
  return createPromiseClient(Echo, createDubboTransport({ baseUrl, httpVersion: '2' }));
}

/** A listener for requests of node:http2: `answer` makes of each text that came another one. */
function tripleHandler(answer) {
  const say = (request) => new StringValue({ value: answer(request.value) });
  return dubboNodeAdapter({
    routes({ service }) {
      service(Echo, {
        say,
        async *chat(requests) {
          for await (const request of requests) yield say(request);
        },
      });
    },
  });
}

module.exports = { tripleClient, tripleHandler };
