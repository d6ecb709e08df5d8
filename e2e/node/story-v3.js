// The callback story by the v3 SDK: everything that it makes and sees, as one JSON object on standard output.
// Given as JSON: `role` for the state machine, and `endpoint` unless AWS_ENDPOINT_URL says it.
'use strict';

const sqs = require('@aws-sdk/client-sqs');
const sfn = require('@aws-sdk/client-sfn');
const sts = require('@aws-sdk/client-sts');
const { definition, whenEnded, print } = require('./story.js');

const { endpoint, role } = JSON.parse(process.argv[2]);
const options = endpoint ? { endpoint } : {};
const queues = new sqs.SQSClient(options);
const workflows = new sfn.SFNClient(options);

async function story() {
  const identity = await new sts.STSClient(options).send(new sts.GetCallerIdentityCommand({}));
  const { QueueUrl } = await queues.send(new sqs.CreateQueueCommand({ QueueName: 'questions' }));
  const { stateMachineArn } = await workflows.send(new sfn.CreateStateMachineCommand({
    name: 'story', roleArn: role, definition: definition(QueueUrl),
  }));
  const { executionArn } = await workflows.send(new sfn.StartExecutionCommand({ stateMachineArn, input: '{"n": 1}' }));

  const { Messages } = await queues.send(new sqs.ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  const { TaskToken } = JSON.parse(Messages[0].Body);
  await workflows.send(new sfn.SendTaskHeartbeatCommand({ taskToken: TaskToken }));
  await workflows.send(new sfn.SendTaskSuccessCommand({ taskToken: TaskToken, output: '"done by v3"' }));
  await queues.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0].ReceiptHandle }));

  const execution = await whenEnded(() => workflows.send(new sfn.DescribeExecutionCommand({ executionArn })));
  const { events } = await workflows.send(new sfn.GetExecutionHistoryCommand({ executionArn }));
  const late = await workflows
    .send(new sfn.SendTaskSuccessCommand({ taskToken: TaskToken, output: '1' }))
    .then(() => 'accepted', (error) => error.name);
  return { account: identity.Account, status: execution.status, output: execution.output, late, events: events.map((e) => e.type) };
}

print(story());
