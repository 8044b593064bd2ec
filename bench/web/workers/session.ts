/** session: the worker that holds what is open. */
import * as Comlink from "comlink";
import { Session } from "../../../src/lab/session.js";

Comlink.expose(new Session());
