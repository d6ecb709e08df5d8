// Runs a Node.js function: loads its handler as AWS's runtime does and serves the Lambda Runtime API until it is ended.
//
// Written for Node 12 and everything later. What a function can observe (console lines, error payloads, the context,
// when a callback's result is sent) follows AWS's runtime; the stack of a handler's error shows this file's frames
// where AWS's shows its own.
'use strict';

const fs = require('fs');
const http = require('http');
const Module = require('module');
const path = require('path');
const { Writable } = require('stream');
const { pathToFileURL } = require('url');
const util = require('util');

const taskRoot = process.env.LAMBDA_TASK_ROOT;
const runtimeMajor = parseInt((process.env.AWS_EXECUTION_ENV || '').replace('AWS_Lambda_nodejs', ''), 10);
const request = http.request;
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const token = process.env._STEPWELL_RUNTIME_TOKEN;
delete process.env._STEPWELL_RUNTIME_TOKEN;

// ---- errors ----

class RuntimeError extends Error {
  constructor(type, message) {
    super(message);
    // On the stack's first line too, which was written by the line above.
    this.stack = this.stack.replace(/^Error/, `Runtime.${type}`);
    Object.defineProperty(this, 'name', { value: `Runtime.${type}` });
  }
}

class UnhandledPromiseRejection extends RuntimeError {
  constructor(reason, promise) {
    super('UnhandledPromiseRejection', String(reason));
    this.reason = reason;
    this.promise = promise;
  }
}

/** A path of this host, as the function would see it on AWS. */
function asOnAws(text) {
  if (taskRoot === '/var/task') return text;
  return text.split(taskRoot).join('/var/task').split(path.join(__dirname, 'node.js')).join('/var/runtime/index.js');
}

const looksLikeError = (error) =>
  Boolean(error && error.name && error.message && error.stack) &&
  [error.name, error.message, error.stack].every((part) => typeof part === 'string');

function payloadOf(error) {
  try {
    if (util.types.isNativeError(error) || looksLikeError(error)) {
      return {
        errorType: error.name,
        errorMessage: asOnAws(error.message),
        trace: asOnAws(error.stack).split('\n'),
      };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch (_) {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
    };
  }
}

function logError(title, thrown) {
  const error = thrown instanceof Error ? thrown : new Error(thrown);
  const withHiddenProperties = (_key, value) => {
    if (!(value instanceof Error)) return value;
    const shown = Object.assign(
      { errorType: value.name, errorMessage: value.message, code: value.code },
      value,
    );
    if (typeof value.stack === 'string') shown.stack = value.stack.split('\n');
    return shown;
  };
  let text;
  try {
    text = JSON.stringify(error, withHiddenProperties);
  } catch (_) {
    text = JSON.stringify(payloadOf(error));
  }
  console.error(title, `\t${asOnAws(text)}`);
}

// ---- console ----

let currentRequestId;

function patchConsole() {
  const line = (level) => (message, ...rest) => {
    const text = util.format(message, ...rest);
    // A carriage return keeps a message of several lines one event of the log.
    const oneLine = `${new Date().toISOString()}\t${currentRequestId}\t${level}\t${text}`.replace(/\n/g, '\r');
    process.stdout.write(`${oneLine}\n`);
  };
  console.trace = line('TRACE');
  console.debug = line('DEBUG');
  console.info = line('INFO');
  console.log = console.info;
  console.warn = line('WARN');
  console.error = line('ERROR');
  console.fatal = line('FATAL');
}

// ---- the Runtime API ----

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, url, headers, body, done) {
  const options = {
    agent,
    host,
    port,
    method,
    path: `/2018-06-01/runtime/${url}`,
    headers: Object.assign({ 'stepwell-runtime-token': token }, headers),
  };
  const outgoing = request(options, (response) => {
    const chunks = [];
    response.on('data', (chunk) => chunks.push(chunk));
    response.on('end', () => done(response, Buffer.concat(chunks)));
  });
  outgoing.setNoDelay(true);
  // Without its Runtime API the process is of no use to anybody.
  outgoing.on('error', () => process.exit(1));
  outgoing.end(body);
}

const next = () =>
  new Promise((resolve) => {
    call('GET', 'invocation/next', {}, undefined, (response, body) => {
      if (response.statusCode !== 200) process.exit(1);
      resolve({ headers: response.headers, event: body.toString('utf8') });
    });
  });

function post(url, headers, body, done) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body, 'utf8');
  const all = Object.assign({ 'content-type': 'application/json', 'content-length': bytes.length }, headers);
  // A response that is too large is refused with 413, and the invocation is over all the same.
  call('POST', url, all, bytes, () => done());
}

function postResponse(id, result, done) {
  let body;
  try {
    body = JSON.stringify(result === undefined ? null : result);
  } catch (_) {
    throw new Error('Unable to stringify response body');
  }
  post(`invocation/${id}/response`, {}, body === undefined ? 'null' : body, done);
}

function postError(url, error, done) {
  const payload = payloadOf(error);
  const headers = { 'lambda-runtime-function-error-type': encodeURI(payload.errorType) };
  post(url, headers, JSON.stringify(payload), done);
}

// ---- loading the handler ----

function loadHandler(name) {
  if (name.includes('..')) {
    const message = `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`;
    throw new RuntimeError('MalformedHandlerName', message);
  }
  const base = path.basename(name);
  const directory = name.substring(0, name.indexOf(base));
  const match = base.match(/^([^.]*)\.(.*)$/);
  if (!match) throw new RuntimeError('MalformedHandlerName', 'Bad handler');
  const [, module, property] = match;
  return loadModule(directory, module).then((loaded) => {
    const handler = property.split('.').reduce((object, key) => object && object[key], loaded);
    if (!handler) throw new RuntimeError('HandlerNotFound', `${name} is undefined or not exported`);
    if (typeof handler !== 'function') throw new RuntimeError('HandlerNotFound', `${name} is not a function`);
    return handler;
  });
}

async function loadModule(directory, module) {
  try {
    return await firstThatExists(path.resolve(taskRoot, directory, module), module, directory);
  } catch (error) {
    if (error instanceof SyntaxError) {
      const wrapped = new RuntimeError('UserCodeSyntaxError', String(error));
      wrapped.stack = error.stack;
      throw wrapped;
    }
    if (error && error.code === 'MODULE_NOT_FOUND') throw new RuntimeError('ImportModuleError', String(error));
    throw error;
  }
}

async function firstThatExists(file, module, directory) {
  const asModule = nearestPackageIsModule(path.dirname(file));
  const typescript = runtimeMajor >= 24;
  const ways = [
    ['', 'require', true],
    ['.js', 'require', !asModule],
    ['.js', 'import', asModule],
    ['.mjs', 'import', true],
    ['.cjs', 'require', true],
    ['.ts', 'require', typescript && !asModule],
    ['.ts', 'import', typescript && asModule],
    ['.mts', 'import', typescript],
    ['.cts', 'require', typescript],
  ];
  for (const [extension, way, applies] of ways) {
    const candidate = file + extension;
    if (!applies || !fs.existsSync(candidate)) continue;
    // A directory without an extension is a package: `require` knows what to do with it.
    return way === 'require' ? require(candidate) : import(pathToFileURL(candidate).href);
  }
  return require(require.resolve(module, { paths: [taskRoot, path.resolve(taskRoot, directory)] }));
}

function nearestPackageIsModule(folder) {
  if (folder.endsWith('/node_modules')) return false;
  const description = path.join(folder, 'package.json');
  if (fs.existsSync(description)) {
    try {
      return JSON.parse(fs.readFileSync(description, 'utf8')).type === 'module';
    } catch (error) {
      console.warn(`${description} cannot be read, it will be ignored for ES module detection purposes.`, error);
      return false;
    }
  }
  return folder === '/' ? false : nearestPackageIsModule(path.dirname(folder));
}

// The v2 SDK knows no AWS_ENDPOINT_URL, so it is told when a function loads it, from its own packages too.
function pointSdkV2Here() {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  if (!endpoint) return;
  const pointed = new WeakSet();
  const load = Module._load;
  Module._load = function (name, parent) {
    const loaded = load.apply(this, arguments);
    if (name !== 'aws-sdk' && !name.startsWith('aws-sdk/')) return loaded;
    try {
      const core = load.call(this, 'aws-sdk/lib/core', parent, false);
      if (!pointed.has(core)) {
        pointed.add(core);
        core.config.update({ endpoint, hostPrefixEnabled: false, s3ForcePathStyle: true });
      }
    } catch (error) {
      console.warn('The AWS SDK could not be pointed to', endpoint, error);
    }
    return loaded;
  };
}

// ---- streaming handlers ----

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');

globalThis.awslambda = {
  streamifyResponse(handler) {
    handler[STREAMING] = 'response';
    return handler;
  },
  HttpResponseStream: {
    from(stream, prelude) {
      stream.setContentType('application/vnd.awslambda.http-integration-response');
      stream.write(JSON.stringify(prelude));
      stream.write(Buffer.alloc(8));
      return stream;
    },
  },
};

/** Collects what a streaming handler writes: the caller of Invoke gets it in one piece. */
class ResponseStream extends Writable {
  constructor() {
    super();
    this.chunks = [];
    this.contentType = 'application/octet-stream';
  }

  setContentType(contentType) {
    this.contentType = contentType;
  }

  _write(chunk, _encoding, done) {
    this.chunks.push(chunk);
    done();
  }
}

// ---- invocations ----

let onEmptyEventLoop;
let onUncaught = (error, status) => postError('init/error', error, () => process.exit(status));

function whenEventLoopIsEmpty(action) {
  onEmptyEventLoop = action;
}

const isPromise = (value) => Boolean(value && typeof value.then === 'function');

// A class of this name with a method of this name, since both stand in the stacks of errors.
class Runtime {
  constructor(handler) {
    this.handler = handler;
    this.isAsync = handler.constructor && handler.constructor.name === 'AsyncFunction';
    this.handleOnce = handler[STREAMING] === 'response' ? this.handleOnceStreaming : this.handleOnceNonStreaming;
  }

  scheduleIteration() {
    setImmediate(() => this.handleOnce());
  }

  async handleOnceNonStreaming() {
    const { headers, event } = await next();
    const id = this.begin(headers);
    const { callback, context } = this.completion(id);
    whenEventLoopIsEmpty(() => this.neverAnswered(id));
    try {
      const result = this.handler(JSON.parse(event), describe(context, headers), callback);
      if (isPromise(result)) {
        result.then(context.succeed, context.fail).catch(context.fail);
      }
    } catch (error) {
      callback(error);
    }
  }

  async handleOnceStreaming() {
    const { headers, event } = await next();
    const id = this.begin(headers);
    const stream = new ResponseStream();
    const again = () => this.scheduleIteration();
    whenEventLoopIsEmpty(again);
    try {
      await this.handler(JSON.parse(event), stream, describe({}, headers));
      if (!stream.writableFinished) throw new Error('Response stream is not finished.');
      const body = Buffer.concat(stream.chunks);
      whenEventLoopIsEmpty(undefined);
      post(`invocation/${id}/response`, { 'content-type': stream.contentType }, body, again);
    } catch (error) {
      whenEventLoopIsEmpty(undefined);
      logError('Invoke Error', error);
      postError(`invocation/${id}/error`, error, again);
    }
  }

  begin(headers) {
    const id = headers['lambda-runtime-aws-request-id'];
    currentRequestId = id;
    if (headers['lambda-runtime-trace-id']) {
      process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
    } else {
      delete process.env._X_AMZN_TRACE_ID;
    }
    onUncaught = (error, status) => postError(`invocation/${id}/error`, error, () => process.exit(status));
    return id;
  }

  /** The callback, and the functions of the context: whichever is called first decides. */
  completion(id) {
    const again = () => this.scheduleIteration();
    let decided = false;
    let waitsForEmptyEventLoop = true;
    const once = (action) => (...values) => {
      if (decided) return;
      action(...values);
      decided = true;
    };
    const fail = (error) => {
      whenEventLoopIsEmpty(undefined);
      logError('Invoke Error', error);
      postError(`invocation/${id}/error`, error, again);
    };
    const succeed = (result) => {
      whenEventLoopIsEmpty(undefined);
      postResponse(id, result, again);
    };
    const isError = (error) => error !== undefined && error !== null;
    const callback = (error, result) => {
      if (isError(error)) {
        fail(error);
      } else if (waitsForEmptyEventLoop) {
        whenEventLoopIsEmpty(() => setImmediate(() => succeed(result)));
      } else {
        succeed(result);
      }
    };
    const context = {
      get callbackWaitsForEmptyEventLoop() {
        return waitsForEmptyEventLoop;
      },
      set callbackWaitsForEmptyEventLoop(value) {
        waitsForEmptyEventLoop = value;
      },
      succeed: once(succeed),
      fail: once((error) => fail(isError(error) ? error : 'handled')),
      done: once((error, result) => (isError(error) ? fail(error) : succeed(result))),
    };
    return runtimeMajor >= 24
      ? { callback: context.done, context: withoutCallbacks(context) }
      : { callback: once(callback), context };
  }

  /** Nothing is left to happen, and the handler has not answered. */
  neverAnswered(id) {
    const again = () => this.scheduleIteration();
    if (this.isAsync && runtimeMajor >= 18) {
      const message = 'The asynchronous function handler exited without fulfilling the promise.';
      const error = new RuntimeError('NodeJsExit', message);
      logError('Invoke Error', error);
      postError(`invocation/${id}/error`, error, again);
    } else {
      postResponse(id, null, again);
    }
  }
}

// From Node 24 on a handler has no callback and its context no way to answer.
function withoutCallbacks(context) {
  const hidden = {};
  for (const name of ['succeed', 'fail', 'done']) {
    Object.defineProperty(hidden, name, { value: context[name], enumerable: false });
  }
  return hidden;
}

function describe(context, headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return Object.assign(context, {
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parseHeader(headers['lambda-runtime-client-context'], 'ClientContext'),
    identity: parseHeader(headers['lambda-runtime-cognito-identity'], 'CognitoIdentity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    getRemainingTimeInMillis() {
      return deadline - Date.now();
    },
  });
}

function parseHeader(text, name) {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`Cannot parse ${name} as json: ${error.toString()}`);
  }
}

function refuseCallbacks(handler) {
  if (runtimeMajor >= 24 && handler.length >= 3 && !handler[STREAMING]) {
    const message =
      'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. ' +
      'You need to modify this function to use a supported handler signature to use Node.js 24 or later. ' +
      'For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.';
    throw new RuntimeError('CallbackHandlerDeprecated', message);
  }
}

function main() {
  patchConsole();
  pointSdkV2Here();
  process.on('uncaughtException', (error) => {
    logError('Uncaught Exception', error);
    onUncaught(error, 129);
  });
  process.on('unhandledRejection', (reason, promise) => {
    const error = new UnhandledPromiseRejection(reason, promise);
    logError('Unhandled Promise Rejection', error);
    onUncaught(error, 128);
  });
  process.on('beforeExit', () => {
    const action = onEmptyEventLoop;
    onEmptyEventLoop = undefined;
    if (action) action();
  });
  const failed = (error) => {
    logError('Uncaught Exception', error);
    postError('init/error', error, () => process.exit(129));
  };
  // An exception while a module is loaded, or a handler that isn't there.
  const loading = new Promise((resolve) => resolve(loadHandler(process.env._HANDLER)));
  loading
    .then((handler) => {
      refuseCallbacks(handler);
      new Runtime(handler).scheduleIteration();
    })
    .catch(failed);
}

main();
