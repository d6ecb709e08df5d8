//! Values that stacks give to others.

use super::*;

const EXPORTER: &str = "Resources: {Q: {Type: 'AWS::SQS::Queue', Properties: {QueueName: shared}}}\nOutputs: {Arn: {Value: !GetAtt Q.Arn, Export: {Name: !Sub '${AWS::StackName}-arn'}}}";
const IMPORTER: &str = "Resources: {Q: {Type: 'AWS::SQS::Queue', Properties: {RedrivePolicy: {deadLetterTargetArn: !ImportValue base-arn, maxReceiveCount: 2}}}}";

#[test]
fn an_export_can_not_go_while_it_is_imported() {
    let mut world = World::new();
    create(&mut world, "base", EXPORTER);
    create(&mut world, "user", IMPORTER);
    assert_eq!(status(&world, "user"), "CREATE_COMPLETE");
    let exports = world.read(&input::<ListExports>(json!({}))).unwrap();
    assert_eq!(exports["Exports"][0]["Name"], "base-arn");
    assert_eq!(exports["Exports"][0]["Value"], "arn:aws:sqs:us-east-1:000000000000:shared");
    let imports = world.read(&input::<ListImports>(json!({"ExportName": "base-arn"}))).unwrap();
    assert_eq!(imports, json!({"Imports": ["user"]}));

    let in_use = "Export base-arn cannot be deleted as it is in use by user";
    assert_eq!(delete(&mut world, "base").unwrap_err().message, in_use);
    update(&mut world, "base", &EXPORTER.replace(", Export: {Name: !Sub '${AWS::StackName}-arn'}", ""))
        .unwrap();
    assert_eq!(status(&world, "base"), "UPDATE_ROLLBACK_COMPLETE");
    let told = last_events(&world, "base");
    assert!(told.contains(&format!("base UPDATE_ROLLBACK_IN_PROGRESS {in_use}")), "{told:#?}");
    assert!(world.read(&input::<ListExports>(json!({}))).unwrap()["Exports"][0]["Name"] == "base-arn");

    delete(&mut world, "user").unwrap();
    delete(&mut world, "base").unwrap();
    assert_eq!(world.read(&input::<ListExports>(json!({}))).unwrap(), json!({"Exports": []}));
}

#[test]
fn an_importer_that_lets_go_frees_the_export() {
    let mut world = World::new();
    create(&mut world, "base", EXPORTER);
    create(&mut world, "user", IMPORTER);
    update(&mut world, "user", "Resources: {Q: {Type: 'AWS::SQS::Queue'}}").unwrap();
    assert_eq!(status(&world, "user"), "UPDATE_COMPLETE");
    delete(&mut world, "base").unwrap();
    assert_eq!(queues(&world).len(), 1);
}

#[test]
fn a_missing_export_and_a_name_that_is_taken_fail_the_stack() {
    let mut world = World::new();
    create(&mut world, "user", IMPORTER);
    assert_eq!(describe(&world, "user")["StackStatus"], "ROLLBACK_COMPLETE");
    assert!(events(&world, "user").contains(
        &"user ROLLBACK_IN_PROGRESS No export named base-arn found. Rollback requested by user.".to_owned()
    ));
    create(&mut world, "base", EXPORTER);
    create(&mut world, "other", &EXPORTER.replace("shared", "second").replace("${AWS::StackName}", "base"));
    let expected = "other ROLLBACK_IN_PROGRESS Export with name base-arn is already exported by stack base. Rollback requested by user.";
    assert!(events(&world, "other").contains(&expected.to_owned()), "{:#?}", events(&world, "other"));
    assert_eq!(queues(&world), ["shared"]);
}
