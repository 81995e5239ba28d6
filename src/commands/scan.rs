//! `apikey scan`: searches files, finds out the states of the secrets, and ends the live ones.

mod rules;
mod search;
mod targets;
mod tracer;

use std::io::{self, IsTerminal};
use std::path::Path;

use rustix::fs::fstat;

use super::Session;
use crate::cli::Scan as Args;
use crate::error::{Error, Kind, Result};
use crate::files::is_null_device;
use crate::model::{LONGEST_SHOWN, Leak, counted, shortened};
use crate::output::Outcome;
use crate::secret::{Finder, redact};
use crate::store::{Access, Ended, LeakedSecret, Purpose, Store};

use search::{End, Searched, open, search};
use targets::{Source, Target, Targets};
use tracer::{Place, Traced, Tracer};

/// The number of files that are searched before their secrets are looked up.
const BATCH: usize = 1024;

/// The reason in the log if the operator gives none.
const REASON: &str = "found by scan";

/// Finds secrets in files or in stdin. Exits with 1 if one of them is live.
pub(super) fn run(args: &Args, session: &Session) -> Result<Outcome> {
    if let Some(scanner) = args.rules {
        return rules::print(scanner, session);
    }
    check_options(args, session)?;
    // Opened before the search, which may take long, so that errors are reported at once.
    let access = if args.deactivate {
        Access::Write
    } else {
        Access::Read
    };
    let mut store = session.open(access)?;
    if args.deactivate {
        store.check_may_write()?;
    }
    let prefix = store.settings().prefix.clone();
    drop(store);
    let mut scan = Scan {
        session,
        tracer: Tracer::new(prefix, session)?,
        unreadable: 0,
    };
    let mut is_complete = false;
    let listed = session.output.list_leaks(|write| {
        scan.search(args, &mut |leak| match write(leak) {
            // A live secret must end, even if its line can't be printed.
            Err(error) if !args.deactivate => Err(error),
            _ => Ok(()),
        })?;
        is_complete = true;
        Ok(())
    });
    if !is_complete {
        listed.clone()?;
    }
    let Traced { live, undecided } = scan.tracer.into_traced();
    let ended = if args.deactivate && !live.is_empty() {
        end(&live, session)?
    } else {
        Vec::new()
    };
    listed.map_err(|error| {
        if ended.is_empty() {
            error
        } else {
            unreported(error)
        }
    })?;
    if let Some(error) = undecided {
        ended.iter().for_each(|end| session.output.note(&note(end)));
        return Err(error);
    }
    if live.is_empty() {
        return nothing_live(scan.unreadable, session);
    }
    Ok(ended.iter().map(note).fold(Outcome::no(), Outcome::note))
}

/// Refuses a stdin from which nothing can come, or only what is typed, and a reason for no change.
fn check_options(args: &Args, session: &Session) -> Result<()> {
    if args.paths.is_empty() && io::stdin().is_terminal() {
        return Err(
            Error::new(Kind::Usage, "stdin is a terminal, and no PATH is given")
                .hint("name a PATH, such as `.` for this directory, or pipe the text to stdin"),
        );
    }
    if session.purpose.reason.is_some() && !args.deactivate {
        return Err(
            Error::new(Kind::Usage, "--reason is for changes, and scan makes none")
                .hint("leave it out, or add --deactivate"),
        );
    }
    if args.reads_stdin() && stdin_is_null() {
        let fact = "stdin is closed or /dev/null, so there is nothing to search";
        return Err(Error::new(Kind::Usage, fact)
            .hint("name a PATH, such as `.` for this directory, or pipe the text to stdin"));
    }
    Ok(())
}

/// Returns whether stdin is /dev/null. A closed stdin is: Rust opens that in its place before
/// `main`.
fn stdin_is_null() -> bool {
    fstat(rustix::stdio::stdin()).is_ok_and(|stat| is_null_device(&stat))
}

/// A scan under way.
struct Scan<'a> {
    session: &'a Session,
    tracer: Tracer<'a>,
    /// The number of files and directories that could not be read.
    unreadable: u64,
}

impl Scan<'_> {
    /// Calls `visit` with each secret, in the order of the paths. The files of a batch are searched
    /// while the paths of the next one are read.
    fn search<E: From<Error>>(
        &mut self,
        args: &Args,
        visit: &mut impl FnMut(&Leak) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut targets = Targets::new(&args.paths);
        let mut batch: Vec<Target> = targets.by_ref().take(BATCH).collect();
        let mut has_warned = false;
        while !batch.is_empty() {
            if targets.has_git_objects && !has_warned {
                has_warned = true;
                self.session.output.warning(
                    "the objects of git are compressed and were not searched: pipe \
                     `git log -p --all --text -m` to `apikey scan`",
                );
            }
            let read_next = || targets.by_ref().take(BATCH).collect();
            let (searched, next) = search(batch, read_next);
            self.visit_batch(searched, visit)?;
            batch = next;
        }
        Ok(())
    }

    fn visit_batch<E: From<Error>>(
        &mut self,
        searched: Vec<Searched>,
        visit: &mut impl FnMut(&Leak) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut places = Vec::new();
        for Searched { path, found, end } in searched {
            let shown = shown(&path);
            let at = |occurrence| Place {
                path: shown.clone(),
                occurrence,
            };
            if !matches!(end, End::TooMany(_)) {
                places.extend(found.into_iter().map(at));
            }
            match end {
                End::Complete => {}
                End::Unreadable(error) => self.warn(&path, &error),
                End::TooMany(source) => {
                    self.tracer
                        .trace(&places)?
                        .iter()
                        .try_for_each(&mut *visit)?;
                    places.clear();
                    self.visit_stream(&path, source, visit)?;
                }
            }
        }
        self.tracer.trace(&places)?.iter().try_for_each(visit)
    }

    /// Calls `visit` with the secrets of a stream, or of a file with very many, as it reads them.
    fn visit_stream<E: From<Error>>(
        &mut self,
        path: &Path,
        source: Source,
        visit: &mut impl FnMut(&Leak) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut stream = match open(path, source) {
            Ok(stream) => stream,
            Err(error) => {
                self.warn(path, &error);
                return Ok(());
            }
        };
        let shown = shown(path);
        let mut finder = Finder::new();
        loop {
            let mut found = Vec::new();
            let read = finder.read(&mut stream, &mut found);
            let places = found.into_iter().map(|occurrence| Place {
                path: shown.clone(),
                occurrence,
            });
            let places: Vec<Place> = places.collect();
            self.tracer
                .trace(&places)?
                .iter()
                .try_for_each(&mut *visit)?;
            match read {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => {
                    self.warn(path, &error);
                    return Ok(());
                }
            }
        }
    }

    fn warn(&mut self, path: &Path, error: &io::Error) {
        self.unreadable += 1;
        // Shortened first, a secret could be cut, and its beginning would not be recognized.
        let path = shown(path);
        let warning = format!("can't read {}: {error}", shortened(&path, LONGEST_SHOWN));
        self.session.output.warning(&warning);
    }
}

/// Returns the path as it is printed and logged: without a secret.
fn shown(path: &Path) -> String {
    redact(&path.to_string_lossy()).into_owned()
}

/// Deactivates the keys of the live secrets, or ends them if they are previous ones.
fn end(live: &[LeakedSecret], session: &Session) -> Result<Vec<Ended>> {
    let mut purpose: Purpose = session.purpose.clone();
    purpose.reason = purpose.reason.or_else(|| REASON.parse().ok());
    Store::open(session.location()?, Access::Write, purpose)?.end_leaked(live)
}

fn note(ended: &Ended) -> String {
    if ended.is_deactivated {
        format!("deactivated \"{}\"", ended.name)
    } else {
        format!("ended the previous secret of \"{}\"", ended.name)
    }
}

/// Returns the error that secrets were ended, but the places where they were found are unknown.
fn unreported(error: Error) -> Error {
    let fact = format!("the live secrets were ended, but can't be listed: {error}");
    Error::new(Kind::OutcomeUnknown, fact)
        .caused_by(error)
        .hint("see the paths with `apikey log`")
}

/// Returns the outcome of a scan without a live secret.
///
/// # Errors
/// [`Kind::Io`] if something could not be read.
fn nothing_live(unreadable: u64, session: &Session) -> Result<Outcome> {
    if unreadable > 0 {
        let paths = counted(unreadable, "path");
        let fact = format!("{paths} could not be read; nothing live was found in the rest");
        return Err(Error::new(Kind::Io, fact)
            .hint("scan again as a user who may read everything, or name fewer PATHs"));
    }
    session.output.remark("no live secret found");
    Ok(Outcome::done())
}
