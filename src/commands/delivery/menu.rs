//! The menu of delivery methods. It opens at a terminal if no option names a method.

use std::path::{Path, PathBuf};

use super::method::{CLEAR_AFTER, DeliveryMethod};
use crate::commands::{Session, through_sudo};
use crate::config;
use crate::error::{Kind, Result};
use crate::handover::Issued;
use crate::model::KeyName;
use crate::output::Outcome;
use crate::prompt::{DefaultAnswer, Item};

/// The menu for the secret of a key.
pub(in crate::commands) struct DeliveryMenu {
    issued: Issued,
    /// The methods to choose from, each with its line in the menu.
    methods: Vec<(String, DeliveryMethod)>,
}

impl DeliveryMenu {
    /// Returns the menu for the secret of the key `name`. Through sudo, the clipboard and the
    /// file would be another user's, so the menu leaves them out.
    ///
    /// # Errors
    /// The errors of the database.
    pub(in crate::commands) fn new(
        issued: Issued,
        name: &KeyName,
        session: &Session,
    ) -> Result<Self> {
        let mut methods = Vec::new();
        if through_sudo::acting_user(session)?.is_none() {
            methods.push(match config::display().next() {
                Some(_) => (
                    format!(
                        "copy to the clipboard and clear it after {} seconds",
                        CLEAR_AFTER.seconds()
                    ),
                    DeliveryMethod::Clipboard(CLEAR_AFTER),
                ),
                None => osc52_entry(),
            });
            let file = format!("{name}.APIKEY");
            methods.push((
                format!("write to the file {file} in this directory"),
                DeliveryMethod::File(file.into()),
            ));
        }
        methods.push((
            "show on this screen until you press Enter".to_owned(),
            DeliveryMethod::Screen,
        ));
        Ok(Self { issued, methods })
    }

    /// Lets the user choose a method for `issue`, which issues and delivers the secret. After a
    /// failed delivery the menu opens again. Returns none if the user cancels.
    ///
    /// # Errors
    /// The errors of `issue`; when the user pressed Ctrl-C or Escape.
    pub(in crate::commands) fn deliver(
        mut self,
        session: &Session,
        issue: impl Fn(&DeliveryMethod) -> Result<Outcome>,
    ) -> Result<Option<Outcome>> {
        while let Some(method) = self.choose(session)? {
            match issue(&method) {
                // Nothing was issued, so the user may choose another method.
                Err(error) if error.kind() == Kind::NotHandedOver => {
                    session.output.error(&error);
                    self.replace_failed(&method);
                }
                done => return done.map(Some),
            }
        }
        Ok(None)
    }

    /// Lets the user choose a method. Returns none if the user cancels and confirms it.
    ///
    /// # Errors
    /// When the user pressed Ctrl-C or Escape.
    fn choose(&self, session: &Session) -> Result<Option<DeliveryMethod>> {
        let (cancel, question) = match self.issued {
            Issued::Key => ("cancel: create no key", "Cancel without creating a key?"),
            Issued::Secret => (
                "cancel: keep the secret",
                "Cancel without rotating the secret?",
            ),
        };
        let lines = self.methods.iter().map(|(line, _)| line.clone());
        let items: Vec<Item> = lines.chain([cancel.to_owned()]).map(Item::plain).collect();
        loop {
            let index = session.prompt.pick("Deliver the secret", &items)?;
            match self.methods.get(index) {
                Some((_, DeliveryMethod::File(file))) if file.symlink_metadata().is_ok() => {
                    return prompt_path(file, session).map(|file| Some(DeliveryMethod::File(file)));
                }
                Some((_, method)) => return Ok(Some(method.clone())),
                None => {}
            }
            if session.prompt.ask_yes_or_no(question, DefaultAnswer::No)? {
                return Ok(None);
            }
        }
    }

    /// Replaces a method that failed, if another may work instead.
    fn replace_failed(&mut self, failed: &DeliveryMethod) {
        if let DeliveryMethod::Clipboard(_) = failed {
            // If the menu offers the clipboard, it is the first method.
            self.methods[0] = osc52_entry();
        }
    }
}

/// Returns the method that copies with an escape sequence, and its line in the menu.
fn osc52_entry() -> (String, DeliveryMethod) {
    let line = "copy to the clipboard, through the terminal";
    (line.to_owned(), DeliveryMethod::Osc52)
}

/// Prompts for the path of a new file, because the file `existing` exists.
fn prompt_path(existing: &Path, session: &Session) -> Result<PathBuf> {
    let question = format!("{} exists; path of a new file", existing.display());
    let is_taken = |path: &Path| path.symlink_metadata().is_ok_and(|found| !found.is_dir());
    let parse = |line: &str| match line {
        "" => Err("give the path of a new file".to_owned()),
        path if is_taken(Path::new(path)) => {
            Err(format!("{path} exists; give the path of a new file"))
        }
        path => Ok(PathBuf::from(path)),
    };
    session.prompt.read_line(&question, None, parse)
}
