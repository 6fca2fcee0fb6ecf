// @ts-check
// A page of players and nothing else.

import { openPlayers } from "./players.js";

openPlayers();
