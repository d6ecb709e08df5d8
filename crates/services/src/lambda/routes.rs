//! Lambda's paths: which operation a method and a path name, and which members of its input stand outside of path and body.

use stepwell_wire::rest_json::{Binding, RestOperation};

const QUALIFIER: Binding = query("Qualifier");

const fn query(name: &'static str) -> Binding {
    Binding::Query { name, member: name }
}

const fn header(name: &'static str, member: &'static str) -> Binding {
    Binding::Header { name, member }
}

const fn route(
    operation: &'static str,
    method: &'static str,
    path: &'static str,
    members: &'static [Binding],
) -> RestOperation {
    RestOperation { operation, method, path, members }
}

/// Every operation that is here.
pub const ROUTES: &[RestOperation] = &[
    route("CreateFunction", "POST", "/2015-03-31/functions", &[]),
    route("GetFunction", "GET", "/2015-03-31/functions/{FunctionName}", &[QUALIFIER]),
    route("DeleteFunction", "DELETE", "/2015-03-31/functions/{FunctionName}", &[QUALIFIER]),
    route(
        "GetFunctionConfiguration",
        "GET",
        "/2015-03-31/functions/{FunctionName}/configuration",
        &[QUALIFIER],
    ),
    route("PublishVersion", "POST", "/2015-03-31/functions/{FunctionName}/versions", &[]),
    route("CreateEventSourceMapping", "POST", "/2015-03-31/event-source-mappings", &[]),
    route(
        "ListEventSourceMappings",
        "GET",
        "/2015-03-31/event-source-mappings",
        &[query("EventSourceArn"), query("FunctionName"), query("Marker"), query("MaxItems")],
    ),
    route("GetEventSourceMapping", "GET", "/2015-03-31/event-source-mappings/{UUID}", &[]),
    route("UpdateEventSourceMapping", "PUT", "/2015-03-31/event-source-mappings/{UUID}", &[]),
    route("DeleteEventSourceMapping", "DELETE", "/2015-03-31/event-source-mappings/{UUID}", &[]),
    route(
        "Invoke",
        "POST",
        "/2015-03-31/functions/{FunctionName}/invocations",
        &[
            QUALIFIER,
            header("X-Amz-Invocation-Type", "InvocationType"),
            header("X-Amz-Log-Type", "LogType"),
            header("X-Amz-Client-Context", "ClientContext"),
            Binding::Payload { member: "Payload" },
        ],
    ),
    route(
        "ListFunctions",
        "GET",
        "/2015-03-31/functions",
        &[query("FunctionVersion"), query("Marker"), query("MaxItems")],
    ),
    route("UpdateFunctionConfiguration", "PUT", "/2015-03-31/functions/{FunctionName}/configuration", &[]),
    route("UpdateFunctionCode", "PUT", "/2015-03-31/functions/{FunctionName}/code", &[]),
    route(
        "ListVersionsByFunction",
        "GET",
        "/2015-03-31/functions/{FunctionName}/versions",
        &[query("Marker"), query("MaxItems")],
    ),
    route("CreateAlias", "POST", "/2015-03-31/functions/{FunctionName}/aliases", &[]),
    route(
        "ListAliases",
        "GET",
        "/2015-03-31/functions/{FunctionName}/aliases",
        &[query("FunctionVersion"), query("Marker"), query("MaxItems")],
    ),
    route("GetAlias", "GET", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", &[]),
    route("UpdateAlias", "PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", &[]),
    route("DeleteAlias", "DELETE", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", &[]),
    route("AddPermission", "POST", "/2015-03-31/functions/{FunctionName}/policy", &[QUALIFIER]),
    route("GetPolicy", "GET", "/2015-03-31/functions/{FunctionName}/policy", &[QUALIFIER]),
    route(
        "RemovePermission",
        "DELETE",
        "/2015-03-31/functions/{FunctionName}/policy/{StatementId}",
        &[QUALIFIER, query("RevisionId")],
    ),
    route("GetAccountSettings", "GET", "/2016-08-19/account-settings", &[]),
    route("ListTags", "GET", "/2017-03-31/tags/{Resource+}", &[]),
    route("TagResource", "POST", "/2017-03-31/tags/{Resource+}", &[]),
    route(
        "UntagResource",
        "DELETE",
        "/2017-03-31/tags/{Resource+}",
        &[Binding::Query { name: "tagKeys", member: "TagKeys" }],
    ),
    route("PutFunctionConcurrency", "PUT", "/2017-10-31/functions/{FunctionName}/concurrency", &[]),
    route("DeleteFunctionConcurrency", "DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", &[]),
    route("GetFunctionConcurrency", "GET", "/2019-09-30/functions/{FunctionName}/concurrency", &[]),
    route(
        "ListFunctionEventInvokeConfigs",
        "GET",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config/list",
        &[query("Marker"), query("MaxItems")],
    ),
    route(
        "GetFunctionEventInvokeConfig",
        "GET",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config",
        &[QUALIFIER],
    ),
    route(
        "PutFunctionEventInvokeConfig",
        "PUT",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config",
        &[QUALIFIER],
    ),
    route(
        "UpdateFunctionEventInvokeConfig",
        "POST",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config",
        &[QUALIFIER],
    ),
    route(
        "DeleteFunctionEventInvokeConfig",
        "DELETE",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config",
        &[QUALIFIER],
    ),
    route(
        "GetFunctionCodeSigningConfig",
        "GET",
        "/2020-06-30/functions/{FunctionName}/code-signing-config",
        &[],
    ),
    route("GetFunctionUrlConfig", "GET", "/2021-10-31/functions/{FunctionName}/url", &[QUALIFIER]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::OPERATIONS;
    use std::collections::BTreeSet;

    #[test]
    fn every_operation_has_its_route_and_every_route_its_operation() {
        let routed: BTreeSet<_> = ROUTES.iter().map(|route| route.operation).collect();
        let known: BTreeSet<_> = OPERATIONS.iter().map(|operation| operation.name).collect();
        assert_eq!(routed, known);
    }
}
