//! The cost of an Argon2id hash, and its bounds.

use std::fmt;
use std::str::FromStr;

use super::Invalid;

/// The parameters of Argon2id: memory in KiB, passes, lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// Returns a cost within the bounds of the key format, m 8–262144 KiB, t 1–10, p 1–4, and
    /// with the 8 KiB for each lane that RFC 9106 requires.
    ///
    /// # Errors
    /// If a parameter is out of bounds; the message names it.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, Invalid> {
        let reason = if !(8..=262_144).contains(&memory_kib) {
            "m must be between 8 and 262144 KiB"
        } else if !(1..=10).contains(&passes) {
            "t must be between 1 and 10"
        } else if !(1..=4).contains(&lanes) {
            "p must be between 1 and 4"
        } else if memory_kib < 8 * lanes {
            "m must be at least 8 KiB for each of p lanes"
        } else {
            return Ok(Self {
                memory_kib,
                passes,
                lanes,
            });
        };
        Err(Invalid::new(reason))
    }

    /// Returns the memory in KiB.
    pub fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// Returns the number of passes over the memory.
    pub fn passes(self) -> u32 {
        self.passes
    }

    /// Returns the number of lanes.
    pub fn lanes(self) -> u32 {
        self.lanes
    }
}

/// Returns the OWASP minimum for Argon2id, m=19456 KiB, t=2, p=1 (Password Storage Cheat
/// Sheet), which is also the default of the argon2 crate.
impl Default for Cost {
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "m={},t={},p={}",
            self.memory_kib, self.passes, self.lanes
        )
    }
}

impl FromStr for Cost {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let form = || Invalid::new("a cost is m=KIB,t=N,p=N, such as m=19456,t=2,p=1");
        let (mut memory, mut passes, mut lanes) = (None, None, None);
        for pair in text.split(',') {
            let (name, number) = pair.split_once('=').ok_or_else(form)?;
            let parameter = match name {
                "m" => &mut memory,
                "t" => &mut passes,
                "p" => &mut lanes,
                _ => return Err(form()),
            };
            // The parser of u32 accepts a plus sign.
            if !number.bytes().all(|c| c.is_ascii_digit()) {
                return Err(form());
            }
            let number = number.parse::<u32>().map_err(|_| form())?;
            if parameter.replace(number).is_some() {
                return Err(Invalid::new(format!("{name} is given twice")));
            }
        }
        match (memory, passes, lanes) {
            (Some(memory), Some(passes), Some(lanes)) => Self::new(memory, passes, lanes),
            _ => Err(form()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_lies_within_the_bounds_of_the_key_format() {
        for good in [
            "m=8,t=1,p=1",
            "m=262144,t=10,p=4",
            "p=1,m=19456,t=2",
            "m=32,t=1,p=4",
        ] {
            assert!(good.parse::<Cost>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "m=8",
            "m=7,t=1,p=1",
            "m=262145,t=1,p=1",
            "m=8,t=0,p=1",
            "m=8,t=11,p=1",
            "m=64,t=1,p=0",
            "m=64,t=1,p=5",
            "m=31,t=1,p=4",
            "m=8,t=1,p=1,p=1",
            "m=8,t=1,p=1,x=1",
            "m=+8,t=1,p=1",
            "m=8,t=1,p=",
            "m=99999999999,t=1,p=1",
            "m=8, t=1,p=1",
        ] {
            assert!(bad.parse::<Cost>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_default_is_the_owasp_minimum() {
        assert_eq!(Cost::default().to_string(), "m=19456,t=2,p=1");
    }
}
