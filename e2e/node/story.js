// What both stories share.
'use strict';

exports.definition = (queueUrl) => JSON.stringify({
  StartAt: 'Ask',
  States: {
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
      Parameters: { QueueUrl: queueUrl, MessageBody: { 'TaskToken.$': '$$.Task.Token' } },
      End: true,
    },
  },
});

// The API tells of an execution's end only when it is asked.
exports.whenEnded = async (describe) => {
  for (;;) {
    const execution = await describe();
    if (execution.status !== 'RUNNING') return execution;
  }
};

exports.print = (story) => story.then(
  (result) => console.log(JSON.stringify(result)),
  (error) => { console.error(error); process.exitCode = 1; },
);
