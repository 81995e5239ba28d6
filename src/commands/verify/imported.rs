//! The decision on a text without the shape of a secret of apikey: it may be the secret of an
//! imported key. The database lists the shapes of imported secrets; only a text with one of these
//! shapes costs a hash, by which the key is looked up.

use super::claim::{Claim, Decision};
use super::input::bad_input;
use super::requirements::{deadline, unknown_groups};
use super::{Session, Verify, requirements};
use crate::clock;
use crate::error::{Kind, Result};
use crate::model::{Refusal, Requirements};
use crate::secret::{
    BadInput, ForeignText, ImportHashing, Memory, Presented, Remembered, Secret, SecretDigest,
    SecretHash, Tag,
};
use crate::store::{HashSlot, Imports, Recorder, Store, StoredSecret};

/// A text that has the shape of an imported secret: its digest, and how that is hashed.
pub(in crate::commands) struct ImportedClaim {
    digest: SecretDigest,
    hashing: ImportHashing,
}

/// The meaning of a text without the shape of a secret of apikey.
pub(in crate::commands) enum Meaning {
    /// It has the shape of an imported secret.
    Claim(ImportedClaim),
    /// It shows a mistake of the caller.
    Mistake(BadInput),
    /// It has no shape of an imported secret.
    Malformed,
}

impl Meaning {
    /// Returns the meaning of `text` by the shapes that `store` has.
    ///
    /// # Errors
    /// The errors of the database.
    pub(in crate::commands) fn of(text: &ForeignText, store: &Store) -> Result<Self> {
        let Imports { shapes, hashing } = store.imports()?;
        Ok(match (text.digest(&shapes), hashing) {
            (Some(digest), Some(hashing)) => Self::Claim(ImportedClaim { digest, hashing }),
            _ => match text.mistake_by(&shapes) {
                Some(mistake) => Self::Mistake(mistake),
                None => Self::Malformed,
            },
        })
    }
}

impl ImportedClaim {
    /// Computes the hash in `memory`.
    ///
    /// # Errors
    /// When the hash can't be computed.
    pub(in crate::commands) fn hash(&self, memory: &mut Memory) -> Result<SecretHash> {
        self.hashing.hash(&self.digest, memory)
    }

    /// Returns the tag by which `remembered` knows the text.
    pub(super) fn tag(&self, remembered: &Remembered) -> Tag {
        remembered.tag_imported(&self.digest, &self.hashing)
    }
}

/// The claim of a secret of apikey, or of an imported key.
pub(super) enum AnyClaim {
    Native(Box<Claim>),
    Imported(ImportedClaim),
}

impl AnyClaim {
    /// Looks up the key, or the shape. Returns none if there is no such shape, or if the secret
    /// belongs to another database.
    ///
    /// # Errors
    /// The errors of the database.
    pub(super) fn of(
        presented: Presented,
        required: &Requirements,
        store: &Store,
    ) -> Result<Option<Self>> {
        Ok(match presented {
            Presented::WellFormed(secret) => {
                let claim = Claim::look_up(secret, required, store)?;
                claim.map(Box::new).map(Self::Native)
            }
            Presented::Foreign(text) => match Meaning::of(&text, store)? {
                Meaning::Claim(claim) => Some(Self::Imported(claim)),
                Meaning::Mistake(_) | Meaning::Malformed => None,
            },
            Presented::Malformed => None,
        })
    }

    /// Returns the claim of a secret of apikey that was already looked up.
    ///
    /// # Errors
    /// The errors of the database.
    pub(super) fn of_found(
        secret: Secret,
        named: Option<StoredSecret>,
        store: &Store,
    ) -> Result<Self> {
        Claim::of_found(secret, named, store)
            .map(Box::new)
            .map(Self::Native)
    }
}

/// Looks up the key with this hash and decides on it.
///
/// # Errors
/// The errors of the database and of [`Decision::on`].
pub(super) fn decide_by_hash(
    hash: &SecretHash,
    required: &Requirements,
    store: &Store,
) -> Result<Decision> {
    let found = store.find_imported(hash, required)?;
    let may_begin_uses = store.may_begin_uses()?;
    // The time is read after every wait: the key may have expired.
    Decision::on(found, may_begin_uses, required, store.clock().now())
}

/// Decides whether the secret of an imported key is accepted. A text without the shape of one is
/// malformed, or a mistake of the caller; so is every text if there is no database.
pub(super) fn decide(
    text: &ForeignText,
    args: &Verify,
    session: &Session,
) -> Result<(Decision, Option<Recorder>)> {
    let malformed = || (Decision::refused(Refusal::Malformed, clock::now()), None);
    let opened = session.location().and_then(Store::open_to_verify);
    let meant = opened.and_then(|store| Ok((Meaning::of(text, &store)?, store)));
    let (claim, store) = match (meant, text.mistake()) {
        (Ok((Meaning::Claim(claim), store)), _) => (claim, store),
        // A hint is no verdict, so it needs no database.
        (Ok((Meaning::Mistake(mistake), _)), _) | (Err(_), Some(mistake)) => {
            return Err(bad_input(mistake));
        }
        (Ok((Meaning::Malformed, _)), _) => return Ok(malformed()),
        (Err(error), None) if error.kind() == Kind::DatabaseMissing => {
            return Ok(malformed());
        }
        (Err(error), None) => return Err(error),
    };
    let required = requirements(args, session);
    let remarks = deadline(&required, clock::now()).into_iter();
    for remark in remarks.chain(unknown_groups(&required, &store)?) {
        session.output.remark(&remark);
    }
    // Closed during the hash, which takes time and doesn't need the database.
    drop(store);
    let slot = HashSlot::wait(session.location()?);
    let hash = claim.hash(&mut Memory::default())?;
    drop(slot);
    let store = Store::open_to_verify(session.location()?)?;
    let decision = decide_by_hash(&hash, &required, &store)?;
    Ok((decision, Some(store.into_recorder())))
}
