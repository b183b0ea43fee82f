/** An option as text, and where it was read: `--addr`, `MOCKCA_ADDR`. */
export interface RawOption {
  /** Empty: not set and without a default. */
  readonly value: string;
  readonly from: string;
  /** Whether the user set it. */
  readonly given: boolean;
}
