//! One field of an event type: where it lies, how it is stored, what its numbers mean.

use std::borrow::Cow;

/// How a field is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// `u8`
    U8,
    /// `u16`
    U16,
    /// `u32`
    U32,
    /// `u64`
    U64,
    /// `i8`
    I8,
    /// `i16`
    I16,
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `f64`
    F64,
    /// One byte, zero for false.
    Bool,
}

impl FieldType {
    /// Width in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    pub(super) const fn is_signed(self) -> bool {
        matches!(self, Self::I8 | Self::I16 | Self::I32 | Self::I64)
    }

    pub(super) const fn is_integer(self) -> bool {
        !matches!(self, Self::F64 | Self::Bool)
    }
}

/// The names that the numbers of a field stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbols {
    /// Sorted by name.
    names: Vec<(String, i128)>,
    open: bool,
}

impl Symbols {
    /// Number of the symbol called `name`.
    #[must_use]
    pub fn code(&self, name: &str) -> Option<i128> {
        let at = self.names.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        Some(self.names[at].1)
    }

    /// Name of the symbol with the number `code`.
    #[must_use]
    pub fn name(&self, code: i128) -> Option<&str> {
        self.names.iter().find(|(_, known)| *known == code).map(|(name, _)| name.as_str())
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(name, _)| name.as_str())
    }

    /// May there be names that are not listed? Such a name equals no event's field.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open
    }
}

/// One field of an event type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaField {
    pub(super) name: Cow<'static, str>,
    pub(super) stored: FieldType,
    pub(super) offset: usize,
    pub(super) decimals: u8,
    pub(super) symbols: Option<Symbols>,
}

impl SchemaField {
    /// A field stored as `stored`, `offset` bytes from the start of the event.
    #[must_use]
    pub const fn new(name: &'static str, stored: FieldType, offset: usize) -> Self {
        Self { name: Cow::Borrowed(name), stored, offset, decimals: 0, symbols: None }
    }

    /// Fixed point: the stored integer counts units of `10^-decimals`.
    #[must_use]
    pub const fn decimals(mut self, decimals: u8) -> Self {
        self.decimals = decimals;
        self
    }

    /// The stored integers are symbols, and these are all of them.
    #[must_use]
    pub fn symbols<N: Into<String>>(self, names: impl IntoIterator<Item = (N, i128)>) -> Self {
        self.with_symbols(names, false)
    }

    /// The stored integers are symbols, and these are those known so far (instruments, say).
    #[must_use]
    pub fn open_symbols<N: Into<String>>(self, names: impl IntoIterator<Item = (N, i128)>) -> Self {
        self.with_symbols(names, true)
    }

    fn with_symbols<N: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = (N, i128)>,
        open: bool,
    ) -> Self {
        let mut names: Vec<_> = names.into_iter().map(|(name, code)| (name.into(), code)).collect();
        names.sort();
        self.symbols = Some(Symbols { names, open });
        self
    }

    /// Name in texts.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is stored.
    #[must_use]
    pub const fn stored(&self) -> FieldType {
        self.stored
    }

    /// Bytes from the start of the event.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Digits after the decimal point.
    #[must_use]
    pub const fn scale(&self) -> u8 {
        self.decimals
    }

    /// What its numbers stand for, if they are symbols.
    #[must_use]
    pub const fn symbol_table(&self) -> Option<&Symbols> {
        self.symbols.as_ref()
    }
}
