//! The environment of a function's process: nothing of the server's own, all that AWS sets, and the function's
//! variables.

use crate::spec::{FunctionSpec, Invocation};

/// Where things are, as the function sees them.
pub(crate) struct Places {
    pub task_root: String,
    pub runtime_dir: String,
    /// The runtime's own `node_modules` or Python packages, where there are any.
    pub sdk: Option<String>,
    /// Directories of the runtime's own programs, before the system's.
    pub bin: String,
    /// Set where `/tmp` itself isn't the function's own.
    pub tmp: Option<String>,
    /// The file of the certificate authorities that the server's own address needs.
    pub authorities: Option<String>,
}

pub(crate) struct Process<'a> {
    pub spec: &'a FunctionSpec,
    pub invocation: &'a Invocation,
    pub places: &'a Places,
    pub log_stream: &'a str,
    pub runtime_api: String,
    pub token: &'a str,
}

/// The name under which the bootstrap finds, and takes away, the secret of its Runtime API.
pub(crate) const TOKEN_VARIABLE: &str = "_STEPWELL_RUNTIME_TOKEN";

pub(crate) fn variables(process: &Process<'_>) -> Vec<(String, String)> {
    let Process { spec, invocation, places, .. } = process;
    let credentials = &invocation.credentials;
    let mut set = Variables(Vec::with_capacity(48));
    // The function's own come first: a reserved name that got in all the same is overridden below.
    for (name, value) in &spec.environment {
        set.put(name, value);
    }
    set.default("LANG", "en_US.UTF-8");
    set.default("TZ", ":UTC");
    set.default("PATH", &format!("{}:/usr/local/bin:/usr/bin:/bin:/opt/bin", places.bin));
    set.default("LD_LIBRARY_PATH", &library_path(places));
    set.default("HOME", places.tmp.as_deref().unwrap_or("/tmp"));
    set.put("_HANDLER", &spec.handler);
    set.put("AWS_REGION", &spec.region);
    set.put("AWS_DEFAULT_REGION", &spec.region);
    set.put("AWS_EXECUTION_ENV", &format!("AWS_Lambda_{}", spec.runtime));
    set.put("AWS_LAMBDA_FUNCTION_NAME", &spec.name);
    set.put("AWS_LAMBDA_FUNCTION_VERSION", &spec.version);
    set.put("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &spec.memory_mb.to_string());
    set.put("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    set.put("AWS_LAMBDA_LOG_GROUP_NAME", &spec.log_group);
    set.put("AWS_LAMBDA_LOG_STREAM_NAME", process.log_stream);
    set.put("AWS_LAMBDA_RUNTIME_API", &process.runtime_api);
    set.put(TOKEN_VARIABLE, process.token);
    set.put("AWS_ACCESS_KEY_ID", &credentials.access_key_id);
    set.put("AWS_SECRET_ACCESS_KEY", &credentials.secret_access_key);
    set.put("AWS_SESSION_TOKEN", &credentials.session_token);
    set.put("LAMBDA_TASK_ROOT", &places.task_root);
    set.put("LAMBDA_RUNTIME_DIR", &places.runtime_dir);
    // What AWS doesn't set: the SDKs find this server instead of AWS. A function may point them elsewhere.
    set.default("AWS_ENDPOINT_URL", &invocation.endpoint_url);
    if let Some(authorities) = &places.authorities {
        set.default("AWS_CA_BUNDLE", authorities);
        set.default("NODE_EXTRA_CA_CERTS", authorities);
    }
    // Host names made of a prefix and this server's name would not resolve.
    set.default("AWS_DISABLE_HOST_PREFIX_INJECTION", "true");
    set.default("AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE", "1");
    set.default("AWS_EC2_METADATA_DISABLED", "true");
    if let Some(tmp) = &places.tmp {
        set.default("TMPDIR", tmp);
    }
    let sdk = places.sdk.as_deref().unwrap_or(&places.runtime_dir);
    if spec.runtime.starts_with("python") {
        set.default("PYTHONPATH", sdk);
    } else {
        let node_path = format!("/opt/nodejs/node_modules:{sdk}:{}:{}", places.runtime_dir, places.task_root);
        set.default("NODE_PATH", &node_path);
    }
    set.0
}

fn library_path(places: &Places) -> String {
    let task = &places.task_root;
    format!("/var/lang/lib:/lib64:/usr/lib64:{}:{task}:{task}/lib:/opt/lib", places.runtime_dir)
}

struct Variables(Vec<(String, String)>);

impl Variables {
    fn put(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => value.clone_into(known),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    fn default(&mut self, name: &str, value: &str) {
        if !self.0.iter().any(|(known, _)| known == name) {
            self.put(name, value);
        }
    }
}
