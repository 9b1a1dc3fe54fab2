//! `MATCH_RECOGNIZE` clause by clause: cases in text files, with the rows that the standard's
//! rules give, written by hand.

mod case_file;

#[test]
fn every_clause_gives_the_rows_it_should() {
    case_file::run_folder("sql_cases", 60);
}
