//! Which options need or exclude which, in the words of Kafka's `CommandLineUtils`.

use super::parse::Parsed;

impl Parsed {
    /// Every one of these must be there.
    ///
    /// # Errors
    /// The sentence about the first that is missing.
    pub(crate) fn require(&self, names: &[&str]) -> Result<(), String> {
        match names.iter().find(|name| !self.has(name)) {
            Some(missing) => Err(format!("Missing required argument \"[{missing}]\"")),
            None => Ok(()),
        }
    }

    /// If `used` is there, none of the others may be.
    ///
    /// # Errors
    /// The sentence about the first that is there.
    pub(crate) fn exclude(&self, used: &str, others: &[&str]) -> Result<(), String> {
        match others
            .iter()
            .find(|other| self.has(used) && **other != used && self.has(other))
        {
            Some(other) => Err(format!(
                "Option \"[{used}]\" can't be used with option \"[{other}]\""
            )),
            None => Ok(()),
        }
    }

    /// Exactly one of these must be there.
    ///
    /// # Errors
    /// The sentence that names them.
    pub(crate) fn one_of(&self, names: &[&str]) -> Result<(), String> {
        if names.iter().filter(|name| self.has(name)).count() == 1 {
            return Ok(());
        }
        let names = crate::java::joined(names.iter().map(|name| format!("[{name}]")), ", ");
        Err(format!(
            "Exactly one of the following arguments is required: {names}"
        ))
    }
}
