//! Templates for stacks: some with what takes time to be ready, some that can't be made and are rolled back.

use crate::random::Random;

const ROLE: &str = "
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: [states.amazonaws.com, lambda.amazonaws.com]}, Action: 'sts:AssumeRole'}]
  Dead: {Type: 'AWS::SQS::Queue'}";

const MACHINE: &str = r#"
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Role.Arn
      DefinitionString: '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'"#;

const FUNCTION: &str = r#"
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs20.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: {ZipFile: "exports.handler = async () => 1;"}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Function, EventSourceArn: !GetAtt Jobs.Arn}"#;

/// It can't be made: there is no such queue to send dead letters to.
const BROKEN: &str = "
  Broken:
    Type: AWS::SQS::Queue
    DependsOn: Jobs
    Properties:
      RedrivePolicy: {deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:nowhere', maxReceiveCount: 3}";

/// One of many templates, so that an update mostly has something to do.
#[must_use]
pub fn template(random: &mut Random) -> String {
    let mut text = format!("Resources:{ROLE}");
    let jobs = format!(
        "
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: {}
      RedrivePolicy: {{deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}}",
        random.below(100)
    );
    text.push_str(&jobs);
    for (piece, percent) in [(MACHINE, 60), (FUNCTION, 50), (BROKEN, 12)] {
        if random.percent(percent) {
            text.push_str(piece);
        }
    }
    text.push('\n');
    text
}
