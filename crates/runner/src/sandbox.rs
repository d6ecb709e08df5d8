//! What a function's process can see and use, and how that is put in force on this host.
//!
//! Each layer is there or it isn't; `Sandbox::detect` tries it rather than guessing, and reports once. Under bubblewrap
//! a function sees the system's programs and libraries, its own code and an empty `/tmp`, and no process but its own.
//! Without it the function is a plain process of the server's user: limited, ended with the server, but not blind.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::environment::Places;
use crate::provision::{Language, Toolchain};
use crate::spec::FunctionSpec;
use crate::sys::{self, Limits};
use crate::view::{self, View};

/// What the operator asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SandboxChoice {
    /// Bubblewrap where it works, else plain processes.
    #[default]
    Auto,
    /// Bubblewrap, or the runner doesn't start.
    Bubblewrap,
    Plain,
}

/// What is in force on this host.
#[derive(Clone, Debug)]
pub struct SandboxReport {
    pub bubblewrap: bool,
    /// Without bubblewrap: whether files are hidden all the same.
    pub landlock: bool,
    /// One sentence for each layer, what is missing included.
    pub layers: Vec<String>,
}

#[derive(Debug)]
pub(crate) enum Sandbox {
    Bubblewrap(Bubblewrap),
    Plain { landlock: bool },
}

#[derive(Debug)]
pub(crate) struct Bubblewrap {
    program: PathBuf,
    can_size_tmp: bool,
    can_disable_user_namespaces: bool,
    /// Covered if a visible directory would show it.
    data_dir: PathBuf,
}

/// Everything that decides how one process starts.
pub(crate) struct Launch<'a> {
    pub spec: &'a FunctionSpec,
    pub toolchain: &'a Toolchain,
    /// The directory of the bootstraps.
    pub bootstrap: &'a Path,
    /// Certificate authorities to trust: a file in that directory.
    pub authorities: Option<&'a Path>,
    /// A directory of this process alone; ends with it.
    pub run_dir: &'a Path,
}

/// A command that is ready to be spawned, and what must stay open until it was.
pub(crate) struct Prepared {
    pub command: Command,
    pub arguments: Option<File>,
    pub rules: Option<OwnedFd>,
}

const TASK_ROOT: &str = "/var/task";
/// Beside the bootstrap, where no runtime has anything.
const AUTHORITIES: &str = "/var/rapid/authorities.pem";
const RUNTIME_DIR: &str = "/var/runtime";
/// Where AWS keeps the interpreter, and so do we unless it is the system's own.
const LANGUAGE_DIR: &str = "/var/lang";

/// Of `/etc`, what name resolution, TLS and the loader need, and nothing else.
const ETC: [&str; 13] = [
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/group",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/pki",
    "/etc/resolv.conf",
    "/etc/ssl",
];

impl Sandbox {
    /// Finds out what works here. Takes some milliseconds, as it starts a process to see. `data_dir` is without links.
    pub fn detect(choice: SandboxChoice, data_dir: &Path) -> Result<(Sandbox, SandboxReport), String> {
        let bubblewrap = match choice {
            SandboxChoice::Plain => Err("not asked for".to_owned()),
            _ => Bubblewrap::detect(data_dir),
        };
        let (sandbox, first) = match bubblewrap {
            Ok(found) => {
                let layer = format!(
                    "bubblewrap ({}): own files, processes, users and /tmp; the data directory is out of sight",
                    found.program.display()
                );
                (Sandbox::Bubblewrap(found), layer)
            }
            Err(reason) if choice == SandboxChoice::Bubblewrap => return Err(reason),
            Err(reason) => {
                let landlock = view::is_possible();
                (Sandbox::Plain { landlock }, plain_layer(&reason, landlock, data_dir))
            }
        };
        let processes = if sys::is_root() {
            "limits of memory, file size and open files (a limit of processes has no effect on root)"
        } else {
            "limits of memory, processes, file size and open files"
        };
        let bubblewrap = matches!(sandbox, Sandbox::Bubblewrap(_));
        let end = if bubblewrap {
            "all processes of a function end with it and with the server"
        } else {
            "a function's process group ends with it and with the server"
        };
        let layers = vec![first, processes.to_owned(), end.to_owned()];
        let landlock = matches!(sandbox, Sandbox::Plain { landlock: true });
        Ok((sandbox, SandboxReport { bubblewrap, landlock, layers }))
    }

    pub fn is_bubblewrap(&self) -> bool {
        matches!(self, Sandbox::Bubblewrap(_))
    }

    /// Where the function will find things.
    pub fn places(&self, launch: &Launch<'_>) -> Places {
        let toolchain = launch.toolchain;
        let text = |path: &Path| path.to_string_lossy().into_owned();
        match self {
            Sandbox::Bubblewrap(_) => Places {
                task_root: TASK_ROOT.to_owned(),
                runtime_dir: RUNTIME_DIR.to_owned(),
                sdk: match toolchain.language {
                    Language::Node { .. } => Some(format!("{RUNTIME_DIR}/node_modules")),
                    Language::Python { .. } => None,
                },
                bin: format!("{LANGUAGE_DIR}/bin"),
                tmp: None,
                authorities: launch.authorities.map(|_| AUTHORITIES.to_owned()),
            },
            Sandbox::Plain { .. } => Places {
                task_root: text(&launch.spec.code),
                runtime_dir: text(launch.bootstrap),
                sdk: toolchain.sdk.as_deref().map(text),
                bin: toolchain.program.parent().map(text).unwrap_or_default(),
                tmp: Some(text(&launch.run_dir.join("tmp"))),
                authorities: launch.authorities.map(text),
            },
        }
    }

    /// The command with its environment, limits and view of the host.
    pub fn prepare(&self, launch: &Launch<'_>, variables: &[(String, String)]) -> io::Result<Prepared> {
        if variables.iter().any(|(name, value)| name.contains(['\0', '=']) || value.contains('\0')) {
            let reason = "an environment variable contains a NUL, or its name an equals sign";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        let mut prepared = match self {
            Sandbox::Bubblewrap(bubblewrap) => bubblewrap.prepare(launch, variables)?,
            Sandbox::Plain { landlock } => plain(launch, variables, *landlock)?,
        };
        prepared.command.stdin(Stdio::null());
        let limits = limits(launch);
        sys::confine(&mut prepared.command, &limits, prepared.arguments.as_ref(), prepared.rules.as_ref());
        Ok(prepared)
    }
}

fn plain_layer(reason: &str, landlock: bool, data_dir: &Path) -> String {
    let sight = if !landlock {
        "can read what it can".to_owned()
    } else if let Some(tree) = view::shown_with_system(data_dir) {
        format!(
            "see of the host what they need, but also the data directory, which is in {tree}: move it elsewhere"
        )
    } else {
        let shared: String =
            view::shared_beside(data_dir).iter().map(|tree| format!(" and {tree}")).collect();
        format!("are kept by Landlock to the system's files and their own{shared}")
    };
    format!("no bubblewrap ({reason}): functions are plain processes of this user and {sight}")
}

fn plain(launch: &Launch<'_>, variables: &[(String, String)], landlock: bool) -> io::Result<Prepared> {
    let toolchain = launch.toolchain;
    std::fs::create_dir_all(launch.run_dir.join("tmp"))?;
    offer_sdk_to_es_modules(launch)?;
    let mut command = Command::new(&toolchain.program);
    command.args(interpreter_options(launch)).arg(launch.bootstrap.join(toolchain.language.bootstrap()));
    command.env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
    command.current_dir(&launch.spec.code);
    let rules = if landlock { view_of(launch).rules(&ETC).map_err(io::Error::other)? } else { None };
    Ok(Prepared { command, arguments: None, rules })
}

fn view_of(launch: &Launch<'_>) -> View {
    let toolchain = launch.toolchain;
    let mut read = vec![launch.spec.code.clone(), launch.bootstrap.to_owned(), toolchain.prefix.clone()];
    read.extend(toolchain.sdk.clone());
    let mut write = vec![launch.run_dir.join("tmp")];
    write.extend(view::shared_beside(launch.run_dir).into_iter().map(PathBuf::from));
    View { read, write }
}

/// ES modules don't look at NODE_PATH, but they do look for a `node_modules` in every directory above their own.
fn offer_sdk_to_es_modules(launch: &Launch<'_>) -> io::Result<()> {
    let (Some(sdk), Some(above), Language::Node { .. }) =
        (&launch.toolchain.sdk, launch.spec.code.parent(), launch.toolchain.language)
    else {
        return Ok(());
    };
    let link = above.join("node_modules");
    if std::fs::read_link(&link).is_ok_and(|target| target == *sdk) {
        return Ok(());
    }
    // Made beside and renamed: the same code may be starting under another runtime at this moment.
    let new =
        above.join(format!("node_modules.{}", launch.run_dir.file_name().unwrap_or_default().display()));
    std::os::unix::fs::symlink(sdk, &new)?;
    std::fs::rename(&new, &link)
}

fn interpreter_options(launch: &Launch<'_>) -> Vec<OsString> {
    match launch.toolchain.language {
        Language::Node { .. } => vec![
            // As AWS does: the rest of the function's memory is for what is outside of V8's heap.
            format!("--max-old-space-size={}", (launch.spec.memory_mb * 9 / 10).max(64)).into(),
            "--max-http-header-size=81920".into(),
        ],
        // No packages of the host's own: a function sees the standard library, the SDK and its code, as on AWS.
        Language::Python { .. } => vec!["-S".into(), "-X".into(), "utf8".into()],
    }
}

fn limits(launch: &Launch<'_>) -> Limits {
    let mb = 1024 * 1024;
    Limits {
        data_bytes: (u64::from(launch.spec.memory_mb) + launch.toolchain.language.memory_headroom_mb()) * mb,
        tasks: tasks_of_this_user() + 1024,
        open_files: 1024,
        file_bytes: u64::from(launch.spec.ephemeral_storage_mb.max(512)) * mb,
    }
}

/// The kernel counts a user's threads over all of its processes, so the limit must begin from those that are there.
fn tasks_of_this_user() -> u64 {
    let own_user = std::fs::metadata("/proc/self").map(|metadata| metadata.uid());
    let Ok(processes) = std::fs::read_dir("/proc") else { return 0 };
    let is_ours = |entry: &std::fs::DirEntry| {
        entry.file_name().as_bytes().first().is_some_and(u8::is_ascii_digit)
            && entry
                .metadata()
                .is_ok_and(|metadata| own_user.as_ref().is_ok_and(|uid| metadata.uid() == *uid))
    };
    let tasks =
        |entry: std::fs::DirEntry| std::fs::read_dir(entry.path().join("task")).map_or(0, Iterator::count);
    processes.flatten().filter(is_ours).map(|entry| tasks(entry) as u64).sum()
}

impl Bubblewrap {
    /// With everything that the newest versions can do, and if that fails with what this one says it can.
    fn detect(data_dir: &Path) -> Result<Bubblewrap, String> {
        let program = on_path("bwrap").ok_or("it is not installed")?;
        let data_dir = data_dir.to_owned();
        let mut bubblewrap =
            Bubblewrap { program, can_size_tmp: true, can_disable_user_namespaces: true, data_dir };
        if bubblewrap.try_out().is_ok() {
            return Ok(bubblewrap);
        }
        let help =
            Command::new(&bubblewrap.program).arg("--help").output().map_err(|error| error.to_string())?;
        bubblewrap.can_size_tmp = String::from_utf8_lossy(&help.stdout).contains("--size ");
        bubblewrap.can_disable_user_namespaces = false;
        bubblewrap.try_out().map(|()| bubblewrap)
    }

    /// Starts a program that does nothing, exactly as a function would be started.
    fn try_out(&self) -> Result<(), String> {
        let mut arguments = Arguments::default();
        self.host_view(&mut arguments, 1);
        let mut command = Command::new(&self.program);
        command.env_clear().stdin(Stdio::null()).args(arguments.0).args(["--", "/bin/sh", "-c", ":"]);
        let output = command.output().map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(());
        }
        let message = String::from_utf8_lossy(&output.stderr);
        Err(format!("it does not work here: {}", message.lines().last().unwrap_or("it said nothing")))
    }

    fn prepare(&self, launch: &Launch<'_>, variables: &[(String, String)]) -> io::Result<Prepared> {
        let toolchain = launch.toolchain;
        let mut arguments = Arguments::default();
        self.host_view(&mut arguments, launch.spec.ephemeral_storage_mb);
        arguments.bind(&launch.spec.code, TASK_ROOT);
        let program = arguments.interpreter(toolchain);
        let bootstrap = arguments.runtime(toolchain, launch.bootstrap);
        if let Some(authorities) = launch.authorities {
            arguments.bind(authorities, AUTHORITIES);
        }
        arguments.add(["--chdir", TASK_ROOT]);
        for (name, value) in variables {
            arguments.add(["--setenv", name, value]);
        }

        // Through a nameless file, since a command line can be read by every user of the host, and since bubblewrap
        // itself must not run under the function's LD_PRELOAD.
        let mut file = tempfile::tempfile()?;
        for argument in &arguments.0 {
            file.write_all(argument.as_bytes())?;
            file.write_all(b"\0")?;
        }
        file.rewind()?;
        let mut command = Command::new(&self.program);
        command.env_clear().current_dir("/");
        command.arg("--args").arg(file.as_raw_fd().to_string()).arg("--");
        command.arg(program).args(interpreter_options(launch)).arg(bootstrap);
        Ok(Prepared { command, arguments: Some(file), rules: None })
    }

    fn host_view(&self, arguments: &mut Arguments, tmp_mb: u32) {
        arguments.add([
            "--unshare-user",
            "--unshare-pid",
            "--unshare-ipc",
            "--unshare-uts",
            "--unshare-cgroup-try",
        ]);
        if self.can_disable_user_namespaces {
            arguments.add(["--disable-userns"]);
        }
        // The user that AWS's own sandboxes have.
        arguments.add(["--uid", "993", "--gid", "990", "--cap-drop", "ALL", "--die-with-parent"]);
        arguments.system();
        if self.data_dir.starts_with("/usr") {
            arguments.add(["--tmpfs"]);
            arguments.0.push(self.data_dir.clone().into());
        }
        arguments.add(["--proc", "/proc", "--dev", "/dev", "--perms", "1777"]);
        if self.can_size_tmp {
            let bytes = u64::from(tmp_mb) * 1024 * 1024;
            arguments.add(["--size", &bytes.to_string()]);
        }
        arguments.add(["--tmpfs", "/tmp"]);
    }
}

#[derive(Default)]
struct Arguments(Vec<OsString>);

impl Arguments {
    fn add<const N: usize>(&mut self, arguments: [&str; N]) {
        self.0.extend(arguments.iter().map(OsString::from));
    }

    fn bind(&mut self, from: &Path, to: &str) {
        self.0.extend(["--ro-bind".into(), from.into(), to.into()]);
    }

    /// The host's programs and libraries, which are the same for everybody who can log in to it.
    fn system(&mut self) {
        self.add(["--ro-bind", "/usr", "/usr"]);
        for name in ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] {
            match std::fs::read_link(name) {
                Ok(target) => self.0.extend(["--symlink".into(), target.into(), name.into()]),
                Err(_) => self.add(["--ro-bind-try", name, name]),
            }
        }
        for name in ETC {
            self.add(["--ro-bind-try", name, name]);
        }
        self.add(["--ro-bind-try", "/nix/store", "/nix/store"]);
    }

    fn interpreter(&mut self, toolchain: &Toolchain) -> PathBuf {
        match toolchain.program.strip_prefix(&toolchain.prefix) {
            Ok(inside) if !toolchain.prefix.starts_with("/usr") => {
                self.bind(&toolchain.prefix, LANGUAGE_DIR);
                Path::new(LANGUAGE_DIR).join(inside)
            }
            _ => toolchain.program.clone(),
        }
    }

    /// Puts SDK and bootstrap where AWS has them, and returns the bootstrap's path.
    fn runtime(&mut self, toolchain: &Toolchain, bootstraps: &Path) -> &'static str {
        let bootstrap = bootstraps.join(toolchain.language.bootstrap());
        match toolchain.language {
            Language::Node { .. } => {
                self.bind(&bootstrap, "/var/runtime/index.js");
                if let Some(sdk) = &toolchain.sdk {
                    self.bind(sdk, "/var/runtime/node_modules");
                    // ES modules don't look at NODE_PATH, but they do look here.
                    self.add(["--symlink", "/var/runtime/node_modules", "/node_modules"]);
                }
                "/var/runtime/index.js"
            }
            Language::Python { .. } => {
                match &toolchain.sdk {
                    Some(sdk) => self.bind(sdk, RUNTIME_DIR),
                    None => self.add(["--dir", RUNTIME_DIR]),
                }
                self.bind(&bootstrap, "/var/rapid/bootstrap.py");
                "/var/rapid/bootstrap.py"
            }
        }
    }
}

/// The first executable of that name in the directories of PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|candidate| {
        std::fs::metadata(candidate).is_ok_and(|metadata| metadata.is_file() && metadata.mode() & 0o111 != 0)
    })
}
