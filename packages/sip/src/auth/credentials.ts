/** What a trunk gave us to answer its challenges with. */
export interface DigestCredentials {
  readonly username: string;
  readonly password: string;
  /** Answer challenges of this realm only; any realm when absent. */
  readonly realm?: string;
}
