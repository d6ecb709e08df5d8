// The callback story by the v2 SDK, which knows no AWS_ENDPOINT_URL: as story-v3.js, by an `endpoint` that is always given.
'use strict';

const AWS = require('aws-sdk');
const { definition, whenEnded, print } = require('./story.js');

const { endpoint, role } = JSON.parse(process.argv[2]);
AWS.config.update({ endpoint });
const queues = new AWS.SQS({ apiVersion: '2012-11-05' });
const workflows = new AWS.StepFunctions({ apiVersion: '2016-11-23' });

async function story() {
  const identity = await new AWS.STS().getCallerIdentity().promise();
  const { QueueUrl } = await queues.createQueue({ QueueName: 'questions' }).promise();
  const { stateMachineArn } = await workflows
    .createStateMachine({ name: 'story', roleArn: role, definition: definition(QueueUrl) }).promise();
  const { executionArn } = await workflows.startExecution({ stateMachineArn, input: '{"n": 1}' }).promise();

  const { Messages } = await queues.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 }).promise();
  const { TaskToken } = JSON.parse(Messages[0].Body);
  await workflows.sendTaskHeartbeat({ taskToken: TaskToken }).promise();
  await workflows.sendTaskSuccess({ taskToken: TaskToken, output: '"done by v2"' }).promise();
  await queues.deleteMessage({ QueueUrl, ReceiptHandle: Messages[0].ReceiptHandle }).promise();

  const execution = await whenEnded(() => workflows.describeExecution({ executionArn }).promise());
  const { events } = await workflows.getExecutionHistory({ executionArn }).promise();
  const late = await workflows.sendTaskSuccess({ taskToken: TaskToken, output: '1' }).promise()
    .then(() => 'accepted', (error) => error.code);
  return { account: identity.Account, status: execution.status, output: execution.output, late, events: events.map((e) => e.type) };
}

print(story());
