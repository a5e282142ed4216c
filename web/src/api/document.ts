// Made by `make types` from the API document.

export interface paths {
    "/api/alarms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Alarms, newest first. */
        get: operations["monitoring.alarms"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/alarms/{alarm}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say that it was seen. */
        post: operations["monitoring.acknowledge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/artifacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Artifacts by run, name or digest. */
        get: operations["data.artifacts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/artifacts/{digest}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The first rows, or the beginning, of what a run gave. */
        get: operations["data.preview_artifact"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/clients/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Open a run that goes on outside. */
        post: operations["clients.open"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/clients/runs/{run}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End, reopen or rename a client's run. */
        post: operations["clients.change"];
        /** Delete a run; it can be restored. */
        delete: operations["clients.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/clients/runs/{run}/inputs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Describe what a run took in and made. */
        post: operations["tracking.inputs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/clients/runs/{run}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restore a deleted run. */
        post: operations["clients.restore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/code-diff/{a}/{b}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the code of two runs differs. */
        get: operations["runs.code_diff"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/comments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was said about something, in order. */
        get: operations["comments.list"];
        put?: never;
        /** Say something about a run, a version, an alarm ... */
        post: operations["comments.add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/comments/{comment}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say it in other words; only who said it can. */
        post: operations["comments.change"];
        /** Take a comment's text away: one's own, or any for an admin. */
        delete: operations["comments.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/commits/{identifier}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One state of a project's code. */
        get: operations["projects.commit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/content/{digest}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The bytes under a digest, as a stream. */
        get: operations["content.get"];
        /** Store bytes under their digest. */
        put: operations["content.put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/content/many": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Store many small blobs at once. */
        post: operations["content.put_many"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/content/missing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Which digests are not stored. */
        post: operations["content.missing"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/content/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Read many small blobs at once. */
        post: operations["content.read_many"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/data/sweep": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Remove stored bytes that nothing names. */
        post: operations["data.sweep"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/data/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Find damaged and missing bytes. */
        post: operations["data.verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/dataset-diff/{a}/{b}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How two versions of data differ. */
        get: operations["data.diff"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/dataset-versions/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One version of a dataset. */
        get: operations["data.version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/dataset-versions/{ref}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The files of a dataset version, with the datums that they are. */
        get: operations["data.files"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/dataset-versions/{ref}/label": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a version of a dataset a name that stays. */
        post: operations["data.label"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/dataset-versions/{ref}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The first rows of a file of a dataset version, and what its columns hold. */
        get: operations["data.preview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/dataset-versions/{ref}/uses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which runs a version came from and went to. */
        get: operations["data.uses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/datasets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Datasets with their latest version. */
        get: operations["data.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/datasets/{dataset}/aliases/{alias}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Move an alias to a version. */
        post: operations["data.alias"];
        /** Remove an alias of a dataset. */
        delete: operations["data.remove_alias"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/datasets/{dataset}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Versions of a dataset, newest first. */
        get: operations["data.versions"];
        put?: never;
        /** Make a version from a stored manifest. */
        post: operations["data.commit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/datum-aliases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Movable names of datums. */
        get: operations["data.datum_aliases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/datum-aliases/{alias}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Move a name to a datum. */
        post: operations["data.set_datum_alias"];
        /** Remove a datum's name; answers the datum. */
        delete: operations["data.remove_datum_alias"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/datum-properties": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add properties and tags to datums. */
        post: operations["data.describe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/datums": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Files that runs gave, newest first. */
        get: operations["data.datums"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/datums/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One datum, by number or alias. */
        get: operations["data.datum"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/datums/{ref}/purge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let go of a datum's bytes: the next sweep removes them unless something else names them. */
        post: operations["data.purge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deployment-versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Versions of deployments, the newest first. */
        get: operations["deployments.versions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deployments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Deployments of the project. */
        get: operations["deployments.list"];
        put?: never;
        /** Make a deployment; one that is there already is answered. */
        post: operations["deployments.add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deployments/{deployment}/aliases/{alias}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Move an alias to a version: what asks for it is answered by that version at once. */
        post: operations["deployments.alias"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deployments/{deployment}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a version of a deployment; its applications start. */
        post: operations["deployments.add_version"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deployments/{deployment}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One version of a deployment, by name or alias. */
        get: operations["deployments.version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deployments/{deployment}/versions/{version}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start or stop the applications of a version. */
        post: operations["deployments.enable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deployments/{deployment}/versions/{version}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What an application has printed lately. */
        get: operations["deployments.log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/diff/{a}/{b}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Two runs side by side. */
        get: operations["runs.diff"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Endpoints and what answers there. */
        get: operations["serving.endpoints"];
        put?: never;
        /** Make or change an endpoint. */
        post: operations["serving.declare"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/endpoints/{endpoint}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One endpoint, whole. */
        get: operations["serving.endpoint"];
        put?: never;
        post?: never;
        /** Remove an endpoint that is off; its record stays in the journal. */
        delete: operations["serving.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/endpoints/{endpoint}/labels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add labels by key. */
        post: operations["serving.labels"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/endpoints/{endpoint}/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What should answer. */
        get: operations["serving.plan"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/endpoints/{endpoint}/predictions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Chunks of recorded predictions. */
        get: operations["serving.predictions"];
        put?: never;
        /** Ship a chunk. */
        post: operations["serving.ship"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/endpoints/{endpoint}/releases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Move an endpoint's traffic to a model version. */
        post: operations["serving.release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/endpoints/{endpoint}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Report what was answered. */
        post: operations["serving.report"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/endpoints/{endpoint}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go back to what answered before, at once. */
        post: operations["serving.rollback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/endpoints/{endpoint}/rollout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pause, resume or advance a rollout. */
        post: operations["serving.steer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/endpoints/{endpoint}/rollouts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Rollouts of an endpoint, newest first, with their evidence. */
        get: operations["serving.rollouts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/endpoints/{endpoint}/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What an endpoint answered over time: rate, errors, latency. */
        get: operations["serving.series"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/endpoints/{endpoint}/switch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Switch on or off. */
        post: operations["serving.switch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/experiment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One experiment by number or name. */
        get: operations["experiments.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/experiments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a named group of runs. */
        post: operations["experiments.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/experiments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Rename an experiment, or set and remove its tags. */
        post: operations["experiments.change"];
        /** Delete an experiment with its runs; both can be restored. */
        delete: operations["experiments.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/experiments/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restore a deleted experiment, and the runs that were deleted with it. */
        post: operations["experiments.restore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/experiments/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The experiments of a project. */
        post: operations["experiments.list"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The bytes of a kept file. */
        get: operations["files.get"];
        /** Keep a file; one of that path is replaced. */
        put: operations["files.put"];
        post?: never;
        /** Delete kept files. */
        delete: operations["files.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/files/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Kept files in a folder. */
        get: operations["files.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/files/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin to upload a file in parts. */
        post: operations["files.begin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/files/uploads/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a file of its parts. */
        post: operations["files.complete"];
        /** Give up an upload and its parts. */
        delete: operations["files.abort"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/files/uploads/{id}/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** One part of an upload; sent again, it replaces the one before. */
        put: operations["files.part"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/firings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What triggers did, and did not. */
        get: operations["triggers.firings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/firings/{firing}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Why a trigger fired, or did not. */
        get: operations["triggers.why"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the record answers, and what is in it. */
        get: operations["journal.health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/journal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened, in order. */
        get: operations["journal.read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/journal/{entry}/causes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An entry and what caused it, nearest first. */
        get: operations["journal.causes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/journal/{entry}/effects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What an entry caused, directly and through others. */
        get: operations["journal.effects"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/journal/kinds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every kind of entry there is, by name. */
        get: operations["journal.kinds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/journal/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Whether the journal says what it said when it was sealed. */
        post: operations["journal.verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/lineage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** From data to endpoints: what was made of what. */
        get: operations["delivery.lineage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/logged-models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Open a logged model. */
        post: operations["logged_models.open"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/logged-models/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One logged model. */
        get: operations["logged_models.get"];
        put?: never;
        /** Say that a logged model is ready, or change its tags. */
        post: operations["logged_models.change"];
        /** Delete a logged model. */
        delete: operations["logged_models.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/logged-models/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Metrics of logged models. */
        post: operations["logged_models.log"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/logged-models/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Search logged models. */
        post: operations["logged_models.find"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who the caller is, and what they may do. */
        get: operations["access.me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/mentions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where others mentioned the caller. */
        get: operations["comments.mentions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/mentions/seen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The caller has seen these mentions. */
        post: operations["comments.seen"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/model-cards/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A version's card as Markdown. */
        get: operations["registry.card"];
        put?: never;
        /** Write sections of a card. */
        post: operations["registry.write_card"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/model-versions/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One version of a model. */
        get: operations["registry.version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/model-versions/{ref}/conclude": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take in what a check of a version found. */
        post: operations["registry.conclude"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/model-versions/{ref}/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Approve or reject a version, with words. */
        post: operations["registry.decide"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Models with their latest version and aliases. */
        get: operations["registry.models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/models/{model}/aliases/{alias}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Move an alias to a version. */
        post: operations["registry.alias"];
        /** Remove an alias. */
        delete: operations["registry.remove_alias"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/models/{model}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the aliases of a model moved, newest first. */
        get: operations["registry.history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/models/{model}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Versions of a model, newest first, with gates and aliases. */
        get: operations["registry.versions"];
        put?: never;
        /** Make a version of a model out of a run's output. */
        post: operations["registry.register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/monitors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Monitors with their open alarms. */
        get: operations["monitoring.monitors"];
        put?: never;
        /** Make or change a monitor. */
        post: operations["monitoring.declare"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/monitors/{monitor}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One monitor, whole. */
        get: operations["monitoring.monitor"];
        put?: never;
        post?: never;
        /** Remove a monitor. */
        delete: operations["monitoring.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/monitors/{monitor}/look": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Look now. */
        post: operations["monitoring.look"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/monitors/{monitor}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pause or go on watching. */
        post: operations["monitoring.pause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/monitors/{monitor}/windows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a monitor saw, newest first. */
        get: operations["monitoring.windows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/monitors/{monitor}/windows/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One window with its whole report. */
        get: operations["monitoring.window"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/pace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** From idea to value: how fast, and where the time goes. */
        get: operations["delivery.pace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Names that the record knows: of tokens in use, and of who did something. */
        get: operations["people.names"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/pipelines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Pipelines that have run, with their last runs. */
        get: operations["runs.pipelines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Whether a call would be reused, and why not. */
        post: operations["runs.plan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All projects, by name. */
        get: operations["projects.list"];
        put?: never;
        /** Make a project; its name must be free. */
        post: operations["projects.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One project and its variables. */
        get: operations["projects.get"];
        put?: never;
        /** Say where a project's code comes from, or describe it anew. */
        post: operations["projects.change"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/commits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** States of a project's code, the newest first. */
        get: operations["projects.commits"];
        put?: never;
        /** Keep a state of a project's code, or what was learned of one. */
        post: operations["projects.keep_commit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/fetch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Fetch a project's repository and learn its new commits. */
        post: operations["projects.fetch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/variables": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set an environment variable of the runs that are asked for in a project. */
        post: operations["projects.set_variable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project}/variables/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Forget an environment variable of a project. */
        delete: operations["projects.drop_variable"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registered-models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a model without versions. */
        post: operations["registered.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registered-models/{model}/aliases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Move an alias. */
        post: operations["registered.alias"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registered-models/{model}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a version of what a client logged. */
        post: operations["registered.add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registered-models/{model}/versions/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A version as clients know it. */
        get: operations["registered.version"];
        put?: never;
        /** Describe, tag or move a version. */
        post: operations["registered.change_version"];
        /** Delete a version that never answered predictions. */
        delete: operations["registered.delete_version"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registered-models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A model as clients know it. */
        get: operations["registered.get"];
        put?: never;
        /** Rename, describe or tag a model. */
        post: operations["registered.change"];
        /** Delete a model that never answered predictions, with its versions. */
        delete: operations["registered.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registered-models/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Search models. */
        post: operations["registered.find"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/registered-models/versions/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Search versions of models. */
        post: operations["registered.find_versions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Search runs. */
        get: operations["runs.list"];
        put?: never;
        /** Ask for a run of a step or a pipeline. */
        post: operations["runs.submit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{run}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One run with everything recorded of it. */
        get: operations["runs.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{run}/code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The code that a run was performed with. */
        get: operations["runs.code"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{run}/decide": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Approve or reject what is waited for. */
        post: operations["runs.decide"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{run}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What an attempt printed, line by line, with when and where to. */
        get: operations["runs.events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{run}/graph": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a pipeline's run started. */
        get: operations["runs.graph"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{run}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What an attempt printed. */
        get: operations["runs.log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{run}/note": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Replace the note of a run. */
        post: operations["tracking.note"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{run}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask for the same run again. */
        post: operations["runs.rerun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{run}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Queue a failed or stopped run again; a pipeline continues where its record ends. */
        post: operations["runs.resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{run}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a run and everything it started. */
        post: operations["runs.stop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{run}/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set or remove tags of a run. */
        post: operations["tracking.tag"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{run}/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Why a run was performed or reused. */
        get: operations["runs.why"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/search/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a query may ask: keys, types and operators. */
        get: operations["search.keys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/stories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How something came to be as it is. */
        get: operations["delivery.story"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/today": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything that needs somebody now. */
        get: operations["delivery.today"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tokens, also those that were revoked. */
        get: operations["access.tokens"];
        put?: never;
        /** Make a token; its secret is shown once. */
        post: operations["access.add_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tokens/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a token; requests that carry it are refused from now on. */
        delete: operations["access.revoke_token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tokens/identify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Whose token has a hash (the door asks). */
        post: operations["access.identify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/traces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say what a trace is. */
        post: operations["traces.put"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/traces/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A trace with its spans. */
        get: operations["traces.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/traces/{id}/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set tags of a trace. */
        post: operations["traces.tag"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/traces/{trace}/assessments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take back what one thought of a trace. */
        delete: operations["traces.unassess"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/traces/assessments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say what one thinks of a trace. */
        post: operations["traces.assess"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/traces/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Delete traces for good. */
        post: operations["traces.delete"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/traces/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say within which run traces happened. */
        post: operations["traces.link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/traces/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Search traces. */
        post: operations["traces.find"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/traces/spans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Record spans of traces. */
        post: operations["traces.spans"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tracking/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Runs gathered by a parameter, tag or input. */
        post: operations["tracking.groups"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tracking/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The points of a metric as they were logged, in pages. */
        post: operations["tracking.history"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tracking/inputs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The inputs described in experiments. */
        post: operations["tracking.described"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tracking/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Points, parameters and tags of a run in one batch. */
        post: operations["tracking.log"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tracking/names": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Names of metrics, parameters, tags, inputs, steps and experiments known in a project. */
        get: operations["tracking.metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tracking/points": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Curves of metrics, gathered into buckets. */
        post: operations["tracking.points"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tracking/rows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Search runs; answers their newest points, parameters, tags and inputs, too. */
        post: operations["tracking.rows"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tracking/rows/{run}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One run by its key. */
        get: operations["tracking.row"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tracking/table": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Columns of values of many runs, for charts. */
        post: operations["tracking.table"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/trees/{digest}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The files that a manifest names. */
        get: operations["content.tree"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/triggers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Triggers: when what, and what then. */
        get: operations["triggers.list"];
        put?: never;
        /** Make triggers what is declared. */
        post: operations["triggers.apply"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/triggers/{trigger}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One trigger with its last firings. */
        get: operations["triggers.get"];
        put?: never;
        post?: never;
        /** Remove a trigger. */
        delete: operations["triggers.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/triggers/{trigger}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hand in a webhook. */
        post: operations["triggers.deliver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/triggers/{trigger}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pause a trigger, or go on. */
        post: operations["triggers.pause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/triggers/{trigger}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What would this trigger do? */
        post: operations["triggers.test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/triggers/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What would this trigger be, and when would it come? */
        post: operations["triggers.preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What runs, waits, is stored, and what it cost. */
        get: operations["delivery.usage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Saved views of this project. */
        get: operations["views.list"];
        put?: never;
        /** Keep what a screen shows, under a name. */
        post: operations["views.save"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/views/{view}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Forget a saved view. */
        delete: operations["views.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is told. */
        get: operations["webhooks.list"];
        put?: never;
        /** Tell an address of news of the registry. */
        post: operations["webhooks.add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One webhook. */
        get: operations["webhooks.get"];
        put?: never;
        /** Change a webhook. */
        post: operations["webhooks.change"];
        /** Tell an address no more. */
        delete: operations["webhooks.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send an example of an event. */
        post: operations["webhooks.test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/beat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Extend leases; learn what to stop. */
        post: operations["work.beat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/begin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Report that attempts start. */
        post: operations["work.begin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Report how attempts ended. */
        post: operations["work.finish"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/job": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What an attempt has to perform. */
        post: operations["work.job"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ship what an attempt printed. */
        post: operations["work.log"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/recorded": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The calls of a pipeline's body that are on record. */
        post: operations["work.recorded"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/script": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Record a script that logs by itself. */
        post: operations["work.script"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/settled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Which of these runs have ended, with their outputs. */
        post: operations["work.settled"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/spool": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ship what an attempt logged. */
        post: operations["work.spool"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop runs that a pipeline's body has started. */
        post: operations["work.stop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/submit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Record the step calls of a pipeline's body. */
        post: operations["work.submit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** AbortUpload */
        AbortUpload: {
            id: string;
        };
        /**
         * Acknowledge
         * @description A person has seen an alarm, with words; `close` ends it by hand. `useful` False calls it noise, which is counted.
         */
        Acknowledge: {
            alarm: number;
            /** @default false */
            close?: boolean;
            /** @default null */
            useful?: boolean | null;
            /** @default  */
            words?: string;
        };
        /**
         * Add
         * @description Makes a new version of a dataset out of a file or folder that the keeper can read.
         */
        Add: {
            /** @enum {unknown} */
            act: "add";
            dataset: string;
            /** @default  */
            message?: string;
            path: string;
        };
        /**
         * AddComment
         * @description `text` is at most 10,000 characters; `@name` mentions somebody, but not inside of `code`.
         */
        AddComment: {
            subject: string;
            text: string;
        };
        /** AddDeployment */
        AddDeployment: {
            deployment: string;
        };
        /**
         * AddDeploymentVersion
         * @description Makes a version, and the deployment where there is none. Without a `name` it is called after the day, `20261127.0`. `aliases` move
         *         to it.
         *
         *         `key` makes it idempotent. `project` is said by a worker, which works for all of them; others say it with their call.
         */
        AddDeploymentVersion: {
            /** @default [] */
            aliases?: string[];
            applications: {
                [key: string]: components["schemas"]["NewApplication"];
            };
            code: components["schemas"]["Code"];
            /** @default  */
            commit?: string;
            deployment: string;
            /** @default true */
            enabled?: boolean;
            /** @default [] */
            groups?: string[];
            key: string;
            /** @default  */
            name?: string;
            /** @default  */
            project?: string;
            /** @default {} */
            variables?: {
                [key: string]: string;
            };
        };
        /**
         * AddedLabels
         * @description `new` labels; `repeated`: the same label was known already; `conflicting`: another value was known, which stays.
         */
        AddedLabels: {
            conflicting: number;
            /** @default [] */
            conflicts?: string[];
            new: number;
            repeated: number;
        };
        /**
         * AddedToken
         * @description `secret` is what a client sends; it cannot be shown again.
         */
        AddedToken: {
            secret: string;
            token: components["schemas"]["Token"];
        };
        /**
         * AddLabels
         * @description Labels by key, in any order, before or after their predictions; the first label of a key counts.
         */
        AddLabels: {
            endpoint: string;
            labels: components["schemas"]["Label"][];
        };
        /**
         * AddToken
         * @description A new token. `role` is reader, member, approver, worker or admin.
         *
         *         `days` until it expires, None for never; `actor` defaults to `name`.
         */
        AddToken: {
            /** @default null */
            actor?: string | null;
            /** @default null */
            days?: number | null;
            name: string;
            /** @default member */
            role?: string;
        };
        /**
         * AddVersion
         * @description A new version of a model that exists. Its files are those that `owner` keeps (`models/m-ID`, or `runs/KEY` below `path`), or those of
         *         the version `copy_of` (`NAME@v3`); without either, or where nothing is kept there, only the source is recorded and the version can
         *         never be served. `number` asks for a number above all there are.
         */
        AddVersion: {
            /** @default  */
            copy_of?: string;
            /** @default null */
            created_at?: number | null;
            /** @default  */
            description?: string;
            model: string;
            /** @default null */
            number?: number | null;
            /** @default  */
            owner?: string;
            /** @default  */
            path?: string;
            /** @default  */
            run?: string;
            source: string;
            /** @default {} */
            tags?: {
                [key: string]: string;
            };
        };
        /**
         * AddWebhook
         * @description It hears what happens from now on.
         */
        AddWebhook: {
            /** @default true */
            active?: boolean;
            /** @default  */
            description?: string;
            events: string[];
            name: string;
            /** @default  */
            secret?: string;
            url: string;
        };
        /**
         * Alarm
         * @description A fact that opens and closes. `kind` is the check that opened it (quality, drift, predictions, performance, traffic, silence ...);
         *         `sentence` says it in plain words, `evidence` holds the numbers of the window that opened it.
         */
        Alarm: {
            /** @default  */
            acknowledged_by?: string;
            /** @default null */
            closed_at?: number | null;
            /** @default  */
            closing?: string;
            /** @default [] */
            columns?: string[];
            endpoint: string;
            /** @default {} */
            evidence?: Record<string, never>;
            id: number;
            kind: string;
            model: string;
            monitor: string;
            opened_at: number;
            sentence: string;
            severity: string;
            /** @default  */
            slice?: string;
            state: string;
            /** @default null */
            useful?: boolean | null;
            window: number;
            /** @default  */
            words?: string;
        };
        /**
         * AliasChange
         * @description One move of an alias: from version number `former` (None: it was new) to `version` (None: it was removed).
         */
        AliasChange: {
            actor: string;
            alias: string;
            at: number;
            /** @default null */
            entry?: number | null;
            former: number | null;
            /** @default  */
            reason?: string;
            version: number | null;
        };
        /** Among */
        Among: {
            key: components["schemas"]["Key"];
            /** @default false */
            negated?: boolean;
            /** @enum {unknown} */
            type: "Among";
            values: (string | number | components["schemas"]["Time"])[];
        };
        /**
         * Answers
         * @description Which of the attempts are no longer held, and which should be stopped.
         */
        Answers: {
            /** @default [] */
            lost?: string[];
            /** @default [] */
            stop?: string[];
        };
        /**
         * Application
         * @description One application of a version: what valohai.yaml says of that endpoint, and the files that were given to it, by name.
         */
        Application: {
            /** @default {} */
            files?: {
                [key: string]: components["schemas"]["Artifact"];
            };
            words: Record<string, never>;
        };
        /** ApplicationLog */
        ApplicationLog: {
            data: string;
        };
        /**
         * Applied
         * @description Names, by what happened to them.
         */
        Applied: {
            /** @default [] */
            changed?: string[];
            /** @default [] */
            created?: string[];
            /** @default [] */
            removed?: string[];
            /** @default [] */
            unchanged?: string[];
        };
        /**
         * ApplyTriggers
         * @description Makes these triggers what is declared, all in one transaction. `remove` are names to remove.
         */
        ApplyTriggers: {
            /** @default [] */
            remove?: string[];
            triggers: components["schemas"]["Declared"][];
        };
        /**
         * Approval
         * @description A person's yes or no to a version, with words. `overridden`: a yes although gates had failed.
         */
        Approval: {
            actor: string;
            at: number;
            decision: string;
            gate: string;
            /** @default false */
            overridden?: boolean;
            words: string;
        };
        /**
         * Artifact
         * @description Immutable bytes with an address (`digest`), a name and a producer.
         *
         *         A small artifact (at most 4 KiB, plain data at most 256 KiB) carries its bytes in `inline`; anything larger lies in the blob
         *         store under `digest`. A `tree` is a folder: its digest is that of its manifest. `pickled` marks bytes whose loading executes
         *         code.
         */
        Artifact: {
            /** @default {} */
            about?: Record<string, never>;
            /** @default null */
            datum?: number | null;
            digest: string;
            format: string;
            /** @default null */
            inline?: string | null;
            name: string;
            /** @default false */
            pickled?: boolean;
            size: number;
            /** @default false */
            tree?: boolean;
        };
        /**
         * AskLineage
         * @description `ref` as for a story, or `artifact:DIGEST`. So many steps `up` (towards the data) and `down` (towards what answers), and at most
         *         `limit` things (1 to 5000).
         */
        AskLineage: {
            /** @default 30 */
            down?: number;
            /** @default 500 */
            limit?: number;
            ref: string;
            /** @default 30 */
            up?: number;
        };
        /** AskMe */
        AskMe: Record<string, never>;
        /**
         * AskPace
         * @description Of the last `days` days, or of the `days` days before `until` (seconds since 1970): what came before is what to compare with.
         *
         *         `never_released` and `live` are always as they are now.
         */
        AskPace: {
            /** @default 30 */
            days?: number;
            /** @default null */
            until?: number | null;
        };
        /**
         * AskStory
         * @description `model://NAME@v3` or with an alias, `endpoint:NAME`, `alarm:3`, `run:12`, `firing:5`, `dataset:NAME@v3`, or `entry:17`.
         */
        AskStory: {
            ref: string;
        };
        /** AskToday */
        AskToday: Record<string, never>;
        /**
         * AskUsage
         * @description Of the last `days` days.
         */
        AskUsage: {
            /** @default 30 */
            days?: number;
        };
        /**
         * Assessment
         * @description What somebody thinks of a trace. `kind` is feedback or expectation; `value` is plain data, `about` whatever else its client said.
         */
        Assessment: {
            /** @default {} */
            about?: Record<string, never>;
            /** @default 0 */
            created_at?: number;
            /** @default  */
            id?: string;
            /** @default feedback */
            kind?: string;
            /** @default  */
            name?: string;
            /** @default  */
            trace?: string;
            /** @default 0 */
            updated_at?: number;
            /** @default null */
            value?: unknown;
        };
        /** AssessmentRef */
        AssessmentRef: {
            id: string;
            trace: string;
        };
        /**
         * Attempt
         * @description One try of a run on an engine; a retry is a new attempt, nothing is overwritten.
         */
        Attempt: {
            claimed_at: number;
            /** @default null */
            end?: components["schemas"]["End"] | null;
            /** @default null */
            ended_at?: number | null;
            engine: string;
            /** @default null */
            host?: string | null;
            id: string;
            /** @default 0 */
            log_size?: number;
            number: number;
            /** @default null */
            silent?: number | null;
            /** @default null */
            started_at?: number | null;
            state: string;
            /** @default null */
            usage?: components["schemas"]["Usage"] | null;
        };
        /**
         * Await
         * @description Which of these runs have ended? With `metrics` the answer also says how the runs are doing.
         */
        Await: {
            /** @default false */
            metrics?: boolean;
            runs: number[];
        };
        /**
         * Beat
         * @description I am alive, and these attempts are mine. The answer says what was taken from me and what to stop.
         */
        Beat: {
            /** @default [] */
            held?: components["schemas"]["Held"][];
            /** @default  */
            process?: string;
        };
        /**
         * BeginAttempt
         * @description The user's code is about to start. `handle` finds the process again: `host pid start-time`.
         */
        BeginAttempt: {
            /** @default null */
            environment?: components["schemas"]["treadle.contract.runs.Environment"] | null;
            /** @default  */
            handle?: string;
            held: components["schemas"]["Held"];
            /** @default  */
            host?: string;
        };
        /** BeginAttempts */
        BeginAttempts: {
            attempts: components["schemas"]["BeginAttempt"][];
        };
        /**
         * BeginUpload
         * @description A large file that will arrive in `parts` numbered from 1, in any order and several at once.
         */
        BeginUpload: {
            owner: string;
            parts: number;
            path: string;
        };
        /**
         * Bin
         * @description So many rows from `lowest` (included) to `highest`.
         */
        Bin: {
            highest: number;
            lowest: number;
            rows: number;
        };
        /**
         * Binding
         * @description Where an argument comes from: exactly one of an earlier `run` (or a sibling `call` in the same pipeline) and its
         *         `output`; a `dataset` or a `model` reference; a stored `artifact`; or a `datum` by number or alias, which becomes the artifact
         *         that it means as soon as the run is recorded. `many` is a list of bindings for a list argument.
         */
        Binding: {
            /** @default null */
            artifact?: components["schemas"]["Artifact"] | null;
            /** @default null */
            call?: string | null;
            /** @default null */
            dataset?: string | null;
            /** @default null */
            datum?: string | null;
            /** @default null */
            many?: components["schemas"]["Binding"][] | null;
            /** @default null */
            model?: string | null;
            /** @default result */
            output?: string;
            /** @default null */
            run?: number | null;
        };
        /**
         * Both
         * @description All of the terms.
         */
        Both: {
            terms: (components["schemas"]["Compare"] | components["schemas"]["Among"] | components["schemas"]["Like"] | components["schemas"]["treadle.contract.search.Missing"] | components["schemas"]["Negation"] | components["schemas"]["Both"] | components["schemas"]["Either"])[];
            /** @enum {unknown} */
            type: "Both";
        };
        /**
         * Card
         * @description A model card as Markdown: facts filled in by us, words by people.
         */
        Card: {
            markdown: string;
            ref: string;
        };
        /** ChangeComment */
        ChangeComment: {
            comment: number;
            text: string;
        };
        /**
         * ChangeExperiment
         * @description A new name, and tags to set; None removes a tag.
         */
        ChangeExperiment: {
            id: number;
            /** @default null */
            name?: string | null;
            /** @default {} */
            tags?: {
                [key: string]: string | null;
            };
        };
        /**
         * ChangeLoggedModel
         * @description A new state (pending, ready, failed), parameters to add, tags to set (None removes one).
         */
        ChangeLoggedModel: {
            id: string;
            /** @default  */
            message?: string;
            /** @default {} */
            parameters?: {
                [key: string]: string;
            };
            /** @default null */
            state?: string | null;
            /** @default {} */
            tags?: {
                [key: string]: string | null;
            };
        };
        /**
         * ChangeModel
         * @description A new name, a description ("" removes it), tags to set (None removes one).
         */
        ChangeModel: {
            /** @default null */
            description?: string | null;
            name: string;
            /** @default null */
            new_name?: string | null;
            /** @default {} */
            tags?: {
                [key: string]: string | null;
            };
        };
        /**
         * ChangeProject
         * @description None leaves what is. `repository` is a URL or a folder that git can fetch from; "" forgets it.
         */
        ChangeProject: {
            /** @default null */
            description?: string | null;
            project: string;
            /** @default null */
            repository?: string | null;
            /** @default null */
            yaml?: string | null;
        };
        /**
         * ChangeRun
         * @description `state` is queued, running, done, failed or stopped; a run that has ended may be opened again.
         */
        ChangeRun: {
            /** @default null */
            ended_at?: number | null;
            /** @default null */
            name?: string | null;
            run: string;
            /** @default null */
            state?: string | null;
        };
        /**
         * ChangeVersion
         * @description `phase` moves it; with `alone` other versions in that phase are archived.
         */
        ChangeVersion: {
            /** @default false */
            alone?: boolean;
            /** @default null */
            description?: string | null;
            model: string;
            number: number;
            /** @default null */
            phase?: string | null;
            /** @default {} */
            tags?: {
                [key: string]: string | null;
            };
        };
        /**
         * ChangeWebhook
         * @description What is named is changed. One that is made active again hears what happens from then on.
         */
        ChangeWebhook: {
            /** @default null */
            active?: boolean | null;
            /** @default null */
            description?: string | null;
            /** @default null */
            events?: string[] | null;
            id: string;
            /** @default null */
            name?: string | null;
            /** @default null */
            secret?: string | null;
            /** @default null */
            url?: string | null;
        };
        /** CheckHealth */
        CheckHealth: Record<string, never>;
        /**
         * ChildCall
         * @description One step call of a pipeline's body: `call` is the step's name and the how-manieth call of it this is.
         */
        ChildCall: {
            /** @default [] */
            after?: string[];
            /** @default {} */
            bindings?: {
                [key: string]: components["schemas"]["Binding"];
            };
            call: string;
            /** @default null */
            code?: components["schemas"]["Code"] | null;
            definition: components["schemas"]["Definition"];
            /** @default {} */
            options?: components["schemas"]["Options"];
            /** @default {} */
            parameters?: Record<string, never>;
        };
        /**
         * ClientModel
         * @description A model with, for each phase that has some, its newest version there.
         */
        ClientModel: {
            /** @default {} */
            aliases?: {
                [key: string]: number;
            };
            /** @default 0 */
            created_at?: number;
            /** @default  */
            description?: string;
            /** @default [] */
            latest?: components["schemas"]["ClientVersion"][];
            name: string;
            /** @default {} */
            tags?: {
                [key: string]: string;
            };
            /** @default 0 */
            updated_at?: number;
        };
        /**
         * ClientVersion
         * @description A version as clients know it. `source` is where they said that it comes from, `run` the key of its run, `logged_model` the
         *         logged model whose files it has. `stage` is our word on it (candidate, approved ...), `phase` theirs.
         */
        ClientVersion: {
            /** @default  */
            actor?: string;
            /** @default [] */
            aliases?: string[];
            /** @default 0 */
            created_at?: number;
            /** @default  */
            description?: string;
            /** @default  */
            format?: string;
            /** @default  */
            logged_model?: string;
            model: string;
            number: number;
            /** @default None */
            phase?: string;
            /** @default  */
            run?: string;
            /** @default  */
            source?: string;
            /** @default candidate */
            stage?: string;
            /** @default {} */
            tags?: {
                [key: string]: string;
            };
            /** @default 0 */
            updated_at?: number;
        };
        /**
         * Code
         * @description The code of a step. `digest` names what the result can depend on, `parts` its pieces (`train.py::fit` -> digest),
         *         `snapshot` the stored archive from which it can be restored, `patch` the stored difference to `commit`.
         */
        Code: {
            /** @default null */
            branch?: string | null;
            /** @default null */
            commit?: string | null;
            digest: string;
            /** @default false */
            dirty?: boolean;
            /** @default null */
            note?: string | null;
            /** @default {} */
            parts?: {
                [key: string]: string;
            };
            /** @default null */
            patch?: string | null;
            /** @default null */
            remote?: string | null;
            /** @default null */
            snapshot?: string | null;
            /** @default [] */
            warnings?: string[];
        };
        /**
         * CodeDiff
         * @description How the code and the environment of run `b` differ from those of `a`. Empty: they are the same, unless `without_code` or
         *         `without_environment` name runs of which nothing is kept: then nothing is compared.
         */
        CodeDiff: {
            a: number;
            b: number;
            /** @default [] */
            files?: components["schemas"]["FileDifference"][];
            /** @default [] */
            packages?: components["schemas"]["PackageDifference"][];
            /** @default null */
            python?: [
                string,
                string
            ] | null;
            /** @default [] */
            without_code?: number[];
            /** @default [] */
            without_environment?: number[];
        };
        /** CodeFile */
        CodeFile: {
            path: string;
            size: number;
        };
        /**
         * Column
         * @description A column that a model takes or gives, as it was really seen.
         *
         *         `type` is one of boolean, int64, float64, string, datetime; narrower types are widened, because JSON knows no others.
         *         `lowest` and `highest` are the extremes seen, `categories` the words seen where there are at most 200 of them.
         */
        Column: {
            /** @default null */
            categories?: string[] | null;
            /** @default null */
            highest?: number | null;
            /** @default null */
            lowest?: number | null;
            name: string;
            /** @default false */
            nullable?: boolean;
            type: string;
        };
        /**
         * ColumnPreview
         * @description What a column holds in the rows that were counted. Numbers have extremes, a mean and `bins`, others their most frequent `words`.
         */
        ColumnPreview: {
            /** @default [] */
            bins?: components["schemas"]["Bin"][];
            /** @default null */
            distinct?: number | null;
            /** @default null */
            highest?: number | null;
            /** @default null */
            lowest?: number | null;
            /** @default null */
            mean?: number | null;
            name: string;
            /** @default 0 */
            nulls?: number;
            type: string;
            /** @default [] */
            words?: components["schemas"]["Word"][];
        };
        /**
         * Comment
         * @description What somebody said about a subject: `run:17`, `model:flight-delay@v3`, `dataset:flights`, `alarm:3`, `pipeline:late_arrivals` ...
         *
         *         `mentions` are the names after an @ in the text. Of a removed comment only who said it and who took it away are left, the text is
         *         gone; that it was there is told by the journal, too.
         */
        Comment: {
            actor: string;
            at: number;
            /** @default null */
            changed_at?: number | null;
            id: number;
            /** @default [] */
            mentions?: string[];
            project: string;
            /** @default null */
            removed_at?: number | null;
            /** @default null */
            removed_by?: string | null;
            subject: string;
            text: string;
        };
        /**
         * Commit
         * @description A state of a project's code: a commit of its repository, or (`adhoc`) a package of files that somebody sent.
         *
         *         `identifier` is the commit's hash, or `~` and the SHA-256 of the package. `text` is what its file `yaml` says and `code` its
         *         stored files: both are None for a commit of a repository that nobody has used yet. Lists tell neither.
         */
        Commit: {
            /** @default false */
            adhoc?: boolean;
            /** @default null */
            code?: components["schemas"]["Code"] | null;
            committed_at: number;
            identifier: string;
            /** @default  */
            message?: string;
            project: string;
            /** @default  */
            ref?: string;
            /** @default null */
            text?: string | null;
            /** @default valohai.yaml */
            yaml?: string;
        };
        /**
         * CommitVersion
         * @description Makes a new version of a dataset out of a manifest whose bytes and files are already stored.
         *
         *         `parent` is the version number this one was made from: if the dataset has moved on since, the files that differ between
         *         parent and manifest are merged onto the newest version path by path, and only a path that both changed is a Conflict. A
         *         manifest equal to the newest version makes nothing and answers that version.
         */
        CommitVersion: {
            /** @default null */
            base?: string | null;
            /** @default null */
            columns?: {
                [key: string]: string;
            } | null;
            dataset: string;
            /** @default null */
            key?: string | null;
            /** @default null */
            label?: string | null;
            manifest: string;
            /** @default  */
            message?: string;
            /** @default null */
            parent?: number | null;
            /** @default null */
            rows?: number | null;
            /** @default null */
            run?: number | null;
        };
        /**
         * Compare
         * @description `operator` is one of = != < <= > >=.
         */
        Compare: {
            key: components["schemas"]["Key"];
            operator: string;
            /** @enum {unknown} */
            type: "Compare";
            value: string | number | components["schemas"]["Time"];
        };
        /**
         * CompleteUpload
         * @description Puts the parts together, in the order of `digests` when they are given: each must be the digest of its part.
         */
        CompleteUpload: {
            /** @default {} */
            digests?: {
                [key: string]: string;
            };
            id: string;
        };
        /**
         * Conclude
         * @description Takes in what a check found: `check` is the run whose outputs hold signature, profile, sample and evidence.
         *
         *         A check's own end does this by itself; this is for a check of a version that was registered later.
         */
        Conclude: {
            check: number;
            ref: string;
        };
        /**
         * Cost
         * @description What attempts used: `cpu` and `wall` seconds, and the largest `memory` of one of them in bytes. A pipeline's own
         *         wall time, in which it waits for its steps, is left out. `name` is the project, the step, the person, or the day (UTC, `2026-07-24`).
         */
        Cost: {
            attempts: number;
            cpu: number;
            memory: number;
            name: string;
            wall: number;
        };
        /** CreateExperiment */
        CreateExperiment: {
            name: string;
            /** @default {} */
            tags?: {
                [key: string]: string;
            };
        };
        /** CreateModel */
        CreateModel: {
            /** @default null */
            created_at?: number | null;
            /** @default  */
            description?: string;
            name: string;
            /** @default {} */
            tags?: {
                [key: string]: string;
            };
        };
        /**
         * CreateProject
         * @description `project` is its name: letters, digits, dots, dashes and underscores.
         */
        CreateProject: {
            /** @default  */
            description?: string;
            project: string;
        };
        /**
         * Criterion
         * @description A condition on something that is listed rather than searched: experiments, logged models, registered models.
         *
         *         `key` is one of its own, or `metrics.NAME`, `params.NAME`, `tags.NAME` where it has such; `operator` one of = != < <= > >= like ilike
         *         in, null; `negated` turns it round. With `or_absent` what has no such key fits, too. Times are seconds since 1970.
         */
        Criterion: {
            key: string;
            /** @default false */
            negated?: boolean;
            operator: string;
            /** @default false */
            or_absent?: boolean;
            /** @default  */
            value?: string | number | string[];
        };
        /**
         * Curve
         * @description One metric of one run, column-wise, one entry per bucket that holds points.
         *
         *         `steps`, `times` (seconds since 1970) and `values` are those of the bucket's last point, `lowest` and `highest` its extremes;
         *         None stands for "not a number". `points` counts the points before they were gathered; when each bucket is one point, `exact`.
         *         Each point lies in the band of its bucket, whose borders may be shifted by a fraction of its width. `origin` is when the run
         *         began, in seconds since 1970.
         */
        Curve: {
            exact: boolean;
            /** @default [] */
            highest?: (number | null)[];
            /** @default [] */
            lowest?: (number | null)[];
            name: string;
            /** @default null */
            origin?: number | null;
            points: number;
            run: number;
            /** @default [] */
            steps?: number[];
            /** @default [] */
            times?: number[];
            /** @default [] */
            values?: (number | null)[];
        };
        /**
         * Dataset
         * @description A named line of versions. `aliases` are movable names on version numbers.
         */
        Dataset: {
            /** @default {} */
            aliases?: {
                [key: string]: number;
            };
            created_at: number;
            /** @default null */
            latest?: components["schemas"]["DatasetVersion"] | null;
            name: string;
            versions: number;
        };
        /**
         * DatasetVersion
         * @description One immutable version of a dataset. `manifest` is the digest of the list of its files.
         *
         *         `label` is a name that stays with it, unique in the dataset; `aliases` are names that move. `tags` are words that people put on it.
         */
        DatasetVersion: {
            actor: string;
            /** @default 0 */
            added?: number;
            /** @default [] */
            aliases?: string[];
            /** @default 0 */
            changed?: number;
            /** @default null */
            columns?: {
                [key: string]: string;
            } | null;
            created_at: number;
            dataset: string;
            files: number;
            /** @default null */
            label?: string | null;
            manifest: string;
            /** @default  */
            message?: string;
            number: number;
            /** @default 0 */
            removed?: number;
            /** @default null */
            rows?: number | null;
            /** @default null */
            run?: number | null;
            size: number;
            /** @default [] */
            tags?: string[];
        };
        /**
         * Datum
         * @description A file that a run gave (or a folder, which is a `tree`): immutable bytes, and what people say of them.
         *
         *         `id` is its number, which stays. `properties` are what the run, or somebody later, said of it, `tags` those of them that are
         *         tags. `checksums` are md5, sha1 and sha256 where its worker has counted them. Of a datum that was purged the record stays, and
         *         its bytes may be gone. `inline` holds the bytes of a small one, and only where one datum is asked for; the bytes of all others
         *         lie in the store under `digest`.
         */
        Datum: {
            /** @default [] */
            aliases?: string[];
            /** @default {} */
            checksums?: {
                [key: string]: string;
            };
            created_at: number;
            digest: string;
            format: string;
            id: number;
            /** @default null */
            inline?: string | null;
            name: string;
            project: string;
            /** @default {} */
            properties?: Record<string, never>;
            /** @default null */
            purged_at?: number | null;
            run: number;
            size: number;
            step: string;
            /** @default [] */
            tags?: string[];
            /** @default false */
            tree?: boolean;
        };
        /**
         * DatumAlias
         * @description A movable name on a datum. How it moved is told by the journal, under the subject `datum:NAME`.
         */
        DatumAlias: {
            actor: string;
            datum: components["schemas"]["Datum"];
            moved_at: number;
            name: string;
        };
        /**
         * DatumName
         * @description `ref` is a datum's number or an alias, with or without `datum://` in front.
         */
        DatumName: {
            ref: string;
        };
        /** DatumPage */
        DatumPage: {
            datums: components["schemas"]["Datum"][];
            /** @default null */
            next?: number | null;
            /** @default null */
            total?: number | null;
        };
        /**
         * Decide
         * @description A person's word on a version: `decision` is yes or no, `words` say why.
         *
         *         A yes to a version whose gates failed, or that was rejected, is an override: it must say `override` and why, and is recorded
         *         as such. `gate` names one approval gate; without it the word holds for all that wait.
         */
        Decide: {
            decision: string;
            /** @default  */
            gate?: string;
            /** @default false */
            override?: boolean;
            ref: string;
            /** @default  */
            words?: string;
        };
        /**
         * DecideRun
         * @description Says yes or no to a run that waits for an approval: what waits behind it goes on, or fails.
         */
        DecideRun: {
            approve: boolean;
            run: string;
            /** @default  */
            why?: string;
        };
        /**
         * Declared
         * @description A trigger as it is declared: when, do, and limits. `file` is where.
         */
        Declared: {
            do: (components["schemas"]["treadle.contract.triggers.Run"] | components["schemas"]["Operate"] | components["schemas"]["Notify"] | components["schemas"]["Add"])[];
            /** @default  */
            file?: string;
            /** @default {} */
            limits?: components["schemas"]["Limits"];
            name: string;
            /** @default false */
            paused?: boolean;
            when: components["schemas"]["News"] | components["schemas"]["Schedule"] | components["schemas"]["treadle.contract.triggers.Webhook"] | components["schemas"]["Git"] | components["schemas"]["Files"] | components["schemas"]["Labels"] | components["schemas"]["Rows"];
        };
        /**
         * DeclareEndpoint
         * @description Makes an endpoint for a model, or changes its settings. It answers from the first release on.
         */
        DeclareEndpoint: {
            endpoint: string;
            model: string;
            /** @default {} */
            settings?: components["schemas"]["EndpointSettings"];
        };
        /**
         * DeclareMonitor
         * @description Makes a monitor of an endpoint, or changes its settings.
         */
        DeclareMonitor: {
            endpoint: string;
            monitor: string;
            /** @default {} */
            settings?: components["schemas"]["MonitorSettings"];
        };
        /**
         * Definition
         * @description A declared step or pipeline.
         *
         *         `kind` is "step", "command" or "pipeline"; `name` what people call it; `module` and `function` where the Python is found,
         *         relative to the project's root; `command` the words or the shell text of a command step. `cache` is False, True, or a
         *         version word that is part of the key. `files` are globs of further files that the code needs.
         */
        Definition: {
            /** @default true */
            cache?: boolean | string;
            /** @default null */
            command?: string | string[] | null;
            /** @default null */
            dialect?: string | null;
            /** @default null */
            engine?: string | null;
            /** @default {} */
            environment?: components["schemas"]["treadle.core.definition.Environment"];
            /** @default null */
            file?: string | null;
            /** @default [] */
            files?: string[];
            /** @default false */
            fresh?: boolean;
            /** @default null */
            function?: string | null;
            /** @default [] */
            inputs?: components["schemas"]["Input"][];
            kind: string;
            /** @default null */
            line?: number | null;
            /** @default false */
            metrics_from_output?: boolean;
            /** @default null */
            module?: string | null;
            name: string;
            /**
             * @default [
             *       {
             *         "name": "result"
             *       }
             *     ]
             */
            outputs?: components["schemas"]["Output"][];
            /** @default [] */
            parameters?: components["schemas"]["Parameter"][];
            /** @default null */
            registers?: string | null;
            /** @default {} */
            resources?: components["schemas"]["Resources"];
            /** @default {} */
            retry?: components["schemas"]["Retry"];
            /** @default [] */
            secrets?: string[];
            /** @default null */
            seed?: number | null;
            /** @default  */
            summary?: string;
            /** @default null */
            tensorboard?: string | null;
            /** @default null */
            time_limit?: number | null;
            /** @default {} */
            words?: Record<string, never>;
        };
        /** Deleted */
        Deleted: {
            name: string;
            versions: number;
        };
        /** DeletedFiles */
        DeletedFiles: {
            count: number;
        };
        /**
         * DeleteFiles
         * @description A file, or a folder with all in it.
         */
        DeleteFiles: {
            owner: string;
            path: string;
        };
        /**
         * DeleteTraces
         * @description Traces by id, or those of an experiment up to a moment (at most `limit`, the oldest first). What is deleted is gone.
         */
        DeleteTraces: {
            /** @default 0 */
            experiment?: number;
            /** @default [] */
            ids?: string[];
            /** @default 1000 */
            limit?: number;
            /** @default null */
            until?: number | null;
        };
        /**
         * Deliver
         * @description A webhook's delivery: the raw body and its signature, `sha256=` and 64 hexadecimal characters (HMAC-SHA256, RFC 2104, over
         *         the body). `delivery` makes it once per cause; without one the body's digest does.
         */
        Deliver: {
            body: string;
            /** @default  */
            delivery?: string;
            signature: string;
            trigger: string;
        };
        /**
         * Delivered
         * @description `new` False: this delivery had come before.
         */
        Delivered: {
            new: boolean;
        };
        /**
         * Deployment
         * @description A named line of versions; `aliases` are movable names on them.
         */
        Deployment: {
            /** @default {} */
            aliases?: {
                [key: string]: string;
            };
            created_at: number;
            id: number;
            name: string;
            project: string;
            versions: number;
        };
        /**
         * DeploymentVersion
         * @description One version of a deployment. While it is `enabled` its applications run. `groups` are groups of secret environment variables.
         */
        DeploymentVersion: {
            actor: string;
            /** @default [] */
            aliases?: string[];
            applications: {
                [key: string]: components["schemas"]["Application"];
            };
            code: components["schemas"]["Code"];
            /** @default  */
            commit?: string;
            created_at: number;
            deployment: string;
            enabled: boolean;
            /** @default [] */
            groups?: string[];
            id: number;
            name: string;
            project: string;
            /** @default {} */
            variables?: {
                [key: string]: string;
            };
        };
        /** Described */
        Described: {
            run: number;
        };
        /**
         * DescribeDatums
         * @description Adds properties to datums, by number or alias: each named key is replaced, None removes it, others stay. The key
         *         `valohai.tags` holds tags; `valohai.alias` moves these aliases and is not kept. All are changed, or none: at most 1,000.
         */
        DescribeDatums: {
            properties: {
                [key: string]: Record<string, never>;
            };
        };
        /**
         * DescribedInput
         * @description Data that a client says its run took in: of which only this description is known, by the client's own digest.
         */
        DescribedInput: {
            digest: string;
            name: string;
            /** @default null */
            profile?: string | null;
            /** @default null */
            schema?: string | null;
            /** @default  */
            source?: string;
            /** @default  */
            source_type?: string;
            /** @default {} */
            tags?: {
                [key: string]: string;
            };
        };
        /**
         * DescribeInputs
         * @description What a run took in and made, in a client's words. An input that is described again gets the new tags.
         */
        DescribeInputs: {
            /** @default [] */
            inputs?: components["schemas"]["DescribedInput"][];
            /** @default [] */
            models_in?: components["schemas"]["ModelLink"][];
            /** @default [] */
            models_out?: components["schemas"]["ModelLink"][];
            run: string;
        };
        /** DiffCode */
        DiffCode: {
            a: string;
            b: string;
        };
        /**
         * Difference
         * @description One line of a comparison: `section` is parameters, metrics, inputs, code, environment, outputs or state.
         */
        Difference: {
            a: string | null;
            b: string | null;
            equal: boolean;
            name: string;
            section: string;
        };
        /** DiffRuns */
        DiffRuns: {
            a: string;
            b: string;
        };
        /**
         * DiffVersions
         * @description Two versions of datasets, by reference; `a` is the one before.
         */
        DiffVersions: {
            a: string;
            b: string;
        };
        /** DropVariable */
        DropVariable: {
            name: string;
            project: string;
        };
        /**
         * Effect
         * @description `because` is the number of the entry (the one asked about, or another effect) that stands right before this one.
         */
        Effect: {
            because: number;
            entry: components["schemas"]["Entry"];
        };
        /**
         * Effects
         * @description What an entry caused, and what that caused, oldest first. `cut`: there is more than the limit.
         */
        Effects: {
            cut: boolean;
            effects: components["schemas"]["Effect"][];
        };
        /**
         * Either
         * @description At least one of the terms.
         */
        Either: {
            terms: (components["schemas"]["Compare"] | components["schemas"]["Among"] | components["schemas"]["Like"] | components["schemas"]["treadle.contract.search.Missing"] | components["schemas"]["Negation"] | components["schemas"]["Both"] | components["schemas"]["Either"])[];
            /** @enum {unknown} */
            type: "Either";
        };
        /** EnableVersion */
        EnableVersion: {
            deployment: string;
            enabled: boolean;
            version: string;
        };
        /**
         * End
         * @description How an attempt ended, as what it was.
         *
         *         `kind`: done, raised (an exception), exit (a status other than 0), signal, memory, time, stopped, lost (nobody heard of it
         *         again), start (it could not be started). `place` is the user's own file and line; `traceback` is theirs, without ours.
         */
        End: {
            /** @default null */
            code?: string | null;
            /** @default null */
            error?: string | null;
            /** @default null */
            exit?: number | null;
            /** @default null */
            hint?: string | null;
            kind: string;
            /** @default  */
            message?: string;
            /** @default null */
            place?: string | null;
            /** @default null */
            signal?: string | null;
            /** @default null */
            traceback?: string | null;
        };
        /**
         * Endpoint
         * @description An address and what answers there. `generation` grows with each change of what should answer; `address` is where it listens.
         */
        Endpoint: {
            /** @default  */
            address?: string;
            created_at: number;
            generation: number;
            /** @default 0 */
            labels?: number;
            model: string;
            name: string;
            /** @default 0 */
            predictions?: number;
            /** @default default */
            project?: string;
            /** @default [] */
            revisions?: components["schemas"]["Revision"][];
            /** @default null */
            rollout?: components["schemas"]["Rollout"] | null;
            settings: components["schemas"]["EndpointSettings"];
            state: string;
            /** @default [] */
            traffic?: components["schemas"]["Traffic"][];
        };
        /** EndpointName */
        EndpointName: {
            endpoint: string;
        };
        /**
         * EndpointOn
         * @description An endpoint that should answer, and what is live there.
         */
        EndpointOn: {
            address: string;
            name: string;
            project: string;
            /** @default null */
            ref?: string | null;
        };
        /**
         * EndpointSeries
         * @description Bucket number i begins at `start` + i * `seconds` (seconds since 1970). Minutes older than three days are known by the hour.
         */
        EndpointSeries: {
            buckets: number;
            endpoint: string;
            /** @default [] */
            revisions?: components["schemas"]["RevisionSeries"][];
            seconds: number;
            start: number;
        };
        /**
         * EndpointSettings
         * @description How an endpoint answers. Times are seconds, sizes bytes.
         */
        EndpointSettings: {
            /** @default 256 */
            batch_rows?: number;
            /** @default false */
            consent?: boolean;
            /** @default 20 */
            drain?: number;
            /** @default 127.0.0.1 */
            host?: string;
            /** @default 0 */
            memory?: number;
            /** @default 16777216 */
            most_body?: number;
            /** @default 10000 */
            most_rows?: number;
            /** @default 1024 */
            most_waiting?: number;
            /** @default true */
            onnx?: boolean;
            /** @default 0 */
            port?: number;
            /** @default 1 */
            record?: number;
            /** @default true */
            sticky?: boolean;
            /** @default 10 */
            time_limit?: number;
            /** @default false */
            tokens?: boolean;
            /** @default 1 */
            workers?: number;
        };
        /**
         * EngineLoad
         * @description What an engine does now. `cores` is what its live dispatchers can give together, None where none says so.
         */
        EngineLoad: {
            cores: number | null;
            engine: string;
            queued: number;
            running: number;
            starting: number;
        };
        /**
         * Entry
         * @description One line of the journal: what happened to which subject (`run:17`, `dataset:flights`), who did it, and which entry caused it.
         *
         *         `root` is the run that a person or trigger asked for, for news about runs.
         */
        Entry: {
            actor: string;
            at: number;
            /** @default null */
            cause?: number | null;
            /** @default {} */
            data?: Record<string, never>;
            id: number;
            kind: string;
            project: string;
            /** @default null */
            root?: number | null;
            subject: string;
        };
        /**
         * Event
         * @description One line of a log. `at` is when its end was heard, to within a second; where nobody noted that, when the attempt began.
         */
        Event: {
            at: number;
            message: string;
            stream: string;
        };
        /**
         * Events
         * @description `total` is how many lines there are, `events` the last ones of them. `whole` False: of a very long log only the end was read, and
         *         counted.
         */
        Events: {
            events: components["schemas"]["Event"][];
            total: number;
            /** @default true */
            whole?: boolean;
        };
        /**
         * Experiment
         * @description `runs` counts those that are not deleted; it is filled by `experiments.list` when asked for.
         */
        Experiment: {
            /** @default 0 */
            created_at?: number;
            /** @default null */
            deleted_at?: number | null;
            id: number;
            name: string;
            /** @default null */
            runs?: number | null;
            /** @default {} */
            tags?: {
                [key: string]: string;
            };
            /** @default 0 */
            updated_at?: number;
        };
        /** ExperimentPage */
        ExperimentPage: {
            /** @default [] */
            experiments?: components["schemas"]["Experiment"][];
            /** @default null */
            next?: string | null;
        };
        /** ExperimentRef */
        ExperimentRef: {
            id: number;
        };
        /**
         * Explained
         * @description A firing in words, line by line: what came, what was decided and why, what was done.
         */
        Explained: {
            firing: components["schemas"]["Firing"];
            lines: string[];
        };
        /** ExplainEntry */
        ExplainEntry: {
            entry: number;
        };
        /**
         * Fact
         * @description One thing that went into it: data, code, environment, parameters.
         */
        Fact: {
            label: string;
            /** @default  */
            ref?: string;
            value: string;
        };
        /**
         * Facts
         * @description What else is known of a check, so that it can be performed again.
         *
         *         `intervals` are 95% intervals of the metrics. `sources` say where the check's inputs came from (`training`, `holdout`,
         *         `champion`, `model`): `dataset://flights@v3`, `run://12/holdout`, `model://flight-delay@v2`. `rows` are their heights, `notes`
         *         sentences about what could not be had, by what it is (`onnx`, `profile`). `seed` made the draws of all resampling.
         */
        Facts: {
            /** @default {} */
            intervals?: {
                [key: string]: [
                    number,
                    number
                ];
            };
            /** @default {} */
            notes?: {
                [key: string]: string;
            };
            /** @default {} */
            rows?: {
                [key: string]: number;
            };
            /** @default 0 */
            seed?: number;
            /** @default {} */
            sources?: {
                [key: string]: string;
            };
        };
        /**
         * FailedRun
         * @description A run that failed, and whose step has not succeeded since. `times` counts such runs of the step, of which this is the newest.
         */
        FailedRun: {
            actor: string;
            at: number;
            kind: string;
            /** @default  */
            message?: string;
            name: string;
            /** @default  */
            reason?: string;
            run: number;
            step: string;
            /** @default 1 */
            times?: number;
        };
        /**
         * Fetched
         * @description `commits` are the heads of branches that are new; `mirror` is the folder of the fetched repository on the server's machine.
         */
        Fetched: {
            commits: components["schemas"]["Commit"][];
            mirror: string;
        };
        /**
         * FileDifference
         * @description `state` is added, removed or changed; `diff` the unified difference, None for files that are no text or too long.
         */
        FileDifference: {
            /** @default null */
            diff?: string | null;
            path: string;
            state: string;
        };
        /**
         * Files
         * @description New or changed files in a folder or a bucket. A file counts when two looks in a row find it unchanged.
         */
        Files: {
            /** @default 5 */
            every?: number;
            /** @default false */
            existing?: boolean;
            /** @enum {unknown} */
            on: "files";
            /** @default * */
            pattern?: string;
            place: string;
        };
        /**
         * FindArtifacts
         * @description Artifacts by producer, by name, by the beginning of their digest; newest first.
         */
        FindArtifacts: {
            /** @default null */
            digest?: string | null;
            /** @default 100 */
            limit?: number;
            /** @default null */
            name?: string | null;
            /** @default null */
            run?: number | null;
        };
        /**
         * FindCommit
         * @description Without a project, the commit of that identifier in any of them.
         */
        FindCommit: {
            identifier: string;
            /** @default  */
            project?: string;
        };
        /**
         * FindDeploymentVersion
         * @description `version` is its name or an alias.
         */
        FindDeploymentVersion: {
            deployment: string;
            version: string;
        };
        /**
         * FindExperiment
         * @description One experiment, by its number or else by its name; a deleted one, too. Without either the default one.
         */
        FindExperiment: {
            /** @default null */
            id?: number | null;
            /** @default  */
            name?: string;
        };
        /**
         * FindLoggedModels
         * @description Logged models of experiments for which all criteria hold; keys are id, name, type, state, run, created, updated, `metrics.NAME`,
         *         `params.NAME` and `tags.NAME`. The newest come first unless told otherwise. `datasets` are (name, digest)
         *         pairs: metric conditions then count only what was measured on one of these.
         */
        FindLoggedModels: {
            /** @default null */
            after?: string | null;
            /** @default [] */
            criteria?: components["schemas"]["Criterion"][];
            /** @default [] */
            datasets?: [
                string,
                string
            ][];
            experiments: number[];
            /** @default 50 */
            limit?: number;
            /** @default [] */
            order?: components["schemas"]["ModelOrder"][];
        };
        /**
         * FindMissing
         * @description Which of these digests (at most MOST_DIGESTS) are not stored? The others are spared by a sweep that runs meanwhile.
         */
        FindMissing: {
            digests: string[];
        };
        /**
         * FindModels
         * @description Models for which all criteria hold (keys: name, created, updated, `tags.NAME`), by name
         *         unless told otherwise (`-created` is descending).
         */
        FindModels: {
            /** @default null */
            after?: string | null;
            /** @default [] */
            criteria?: components["schemas"]["Criterion"][];
            /** @default 100 */
            limit?: number;
            /**
             * @default [
             *       "name"
             *     ]
             */
            sort?: string[];
        };
        /**
         * FindRows
         * @description Runs of experiments, nested ones, too; without `experiments` those of all. `deleted` is no, only or both.
         */
        FindRows: {
            /** @default null */
            after?: string | null;
            /** @default no */
            deleted?: string;
            /** @default null */
            experiments?: number[] | null;
            /** @default 1000 */
            limit?: number;
            /** @default [] */
            sorts?: components["schemas"]["Sort"][];
            where?: (components["schemas"]["Compare"] | components["schemas"]["Among"] | components["schemas"]["Like"] | components["schemas"]["treadle.contract.search.Missing"] | components["schemas"]["Negation"] | components["schemas"]["Both"] | components["schemas"]["Either"]) | null;
        };
        /**
         * FindTraces
         * @description Traces of experiments (without `experiments`: of all), the newest first unless told otherwise. `query` and `sort` are what people
         *         write (`state = error and tags.user = ada`), `where` and `sorts` the same as trees; both conditions must hold.
         */
        FindTraces: {
            /** @default null */
            after?: string | null;
            /** @default null */
            experiments?: number[] | null;
            /** @default 100 */
            limit?: number;
            /** @default  */
            query?: string;
            /** @default  */
            sort?: string;
            /** @default [] */
            sorts?: components["schemas"]["Sort"][];
            where?: (components["schemas"]["Compare"] | components["schemas"]["Among"] | components["schemas"]["Like"] | components["schemas"]["treadle.contract.search.Missing"] | components["schemas"]["Negation"] | components["schemas"]["Both"] | components["schemas"]["Either"]) | null;
        };
        /**
         * FindVersions
         * @description Versions of all models for which all criteria hold (keys: name, number, run, source, created, updated, `tags.NAME`), the newest
         *         number first unless told otherwise.
         */
        FindVersions: {
            /** @default null */
            after?: string | null;
            /** @default [] */
            criteria?: components["schemas"]["Criterion"][];
            /** @default 1000 */
            limit?: number;
            /**
             * @default [
             *       "name",
             *       "-number"
             *     ]
             */
            sort?: string[];
        };
        /**
         * FinishAttempt
         * @description How an attempt ended, with all that is not shipped yet. Taken as one transaction: everything or nothing.
         */
        FinishAttempt: {
            /** @default null */
            begun?: components["schemas"]["BeginAttempt"] | null;
            end: components["schemas"]["End"];
            held: components["schemas"]["Held"];
            /** @default  */
            log?: string;
            /** @default null */
            log_digest?: string | null;
            /** @default 0 */
            log_offset?: number;
            /** @default [] */
            logged?: components["schemas"]["LoggedArtifact"][];
            /** @default [] */
            outputs?: components["schemas"]["Artifact"][];
            /** @default  */
            spool?: string;
            /** @default 0 */
            spool_offset?: number;
            /** @default {} */
            usage?: components["schemas"]["Usage"];
        };
        /** FinishAttempts */
        FinishAttempts: {
            attempts: components["schemas"]["FinishAttempt"][];
        };
        /**
         * Firing
         * @description One time that a trigger's news came. `state`: due, holding (the alarm must persist), acting, done, failed, skipped, dry.
         *
         *         `cause` names what it is once for (`entry:17`, `time:1700000000`, `commit:...`); `why` says in words what was decided and
         *         `answer` what each action came to; `fired` is the journal entry that everything it did names as its cause.
         */
        Firing: {
            /** @default [] */
            answer?: Record<string, never>[];
            at: number;
            cause: string;
            /** @default null */
            done_at?: number | null;
            /** @default null */
            entry?: number | null;
            /** @default null */
            fired?: number | null;
            id: number;
            /** @default {} */
            news?: Record<string, never>;
            /** @default null */
            next_at?: number | null;
            state: string;
            /** @default 0 */
            tries?: number;
            trigger: string;
            why: string;
        };
        /** FiringNumber */
        FiringNumber: {
            firing: number;
        };
        /**
         * FlawedContent
         * @description Stored bytes that are `damaged` or `missing`; `what` says it in words, `used_by` which records name them.
         */
        FlawedContent: {
            digest: string;
            kind: string;
            /** @default [] */
            used_by?: string[];
            what: string;
        };
        /**
         * FoundArtifact
         * @description An artifact and where it stands: the run that made it, in which role (`output`, `logged`), and when.
         */
        FoundArtifact: {
            artifact: components["schemas"]["Artifact"];
            created_at: number;
            role: string;
            run: number | null;
        };
        /**
         * GateResult
         * @description What one gate found. `state`: passed, failed, waiting (for a person), error (the gate itself broke).
         *
         *         `sentence` says it in plain words with the numbers; `evidence` holds what the sentence was made from.
         */
        GateResult: {
            /** @default 0 */
            at?: number;
            /** @default {} */
            evidence?: Record<string, never>;
            gate: string;
            kind: string;
            /** @default null */
            run?: number | null;
            sentence: string;
            state: string;
        };
        /**
         * GetContent
         * @description Bytes from `start` on (below 0: counted from the end), at most `length`. Over HTTP the header Range says the same.
         */
        GetContent: {
            digest: string;
            /** @default null */
            length?: number | null;
            /** @default 0 */
            start?: number;
        };
        /**
         * GetFile
         * @description Bytes from `start` on (below 0: counted from the end), at most `length`.
         */
        GetFile: {
            /** @default null */
            length?: number | null;
            owner: string;
            path: string;
            /** @default 0 */
            start?: number;
        };
        /**
         * GetPlan
         * @description What should answer now? When it is still generation `known`, the answer holds no revisions.
         */
        GetPlan: {
            endpoint: string;
            /** @default -1 */
            known?: number;
        };
        /**
         * GetUses
         * @description `ref` is a dataset version: `name`, `name@latest`, `name@v3` or `name@word` with a label or an alias.
         */
        GetUses: {
            ref: string;
        };
        /**
         * GetVersion
         * @description `ref` is `name`, `name@latest`, `name@v3`, or `name@word` with a label or an alias.
         */
        GetVersion: {
            ref: string;
        };
        /**
         * Git
         * @description A new commit at the head of a branch of a repository (a path or a URL that git reads), looked for every so many seconds.
         */
        Git: {
            /** @default main */
            branch?: string;
            /** @default 10 */
            every?: number;
            /** @enum {unknown} */
            on: "git";
            repository: string;
        };
        /**
         * Graph
         * @description The runs that a pipeline's run has started, oldest first, and what each took in of another one: pairs of numbers, first who gave.
         *
         *         `total` is how many there are: at most MOST_NODES are told, and at most MOST_EDGES edges between them; `whole` False when some are
         *         left out.
         */
        Graph: {
            /** @default [] */
            edges?: [
                number,
                number
            ][];
            /** @default [] */
            nodes?: components["schemas"]["Node"][];
            run: components["schemas"]["Node"];
            /** @default 0 */
            total?: number;
            /** @default true */
            whole?: boolean;
        };
        /**
         * Group
         * @description `value` None: runs without the key.
         */
        Group: {
            /** @default {} */
            metrics?: {
                [key: string]: components["schemas"]["GroupMetric"];
            };
            runs: number;
            value: string | null;
        };
        /**
         * GroupMetric
         * @description The last values of a metric in a group: of how many runs (numbers only, infinities left out), their mean, sample standard deviation
         *         (None for a single one), lowest and highest, and the runs that have these. `newest` is that of the newest run. `lowest_ever` and
         *         `highest_ever` are the extremes of all points of these runs, infinities left out.
         */
        GroupMetric: {
            highest: number;
            /** @default null */
            highest_ever?: number | null;
            /** @default null */
            highest_ever_run?: number | null;
            highest_run: number;
            lowest: number;
            /** @default null */
            lowest_ever?: number | null;
            /** @default null */
            lowest_ever_run?: number | null;
            lowest_run: number;
            mean: number;
            newest: number;
            newest_run: number;
            runs: number;
            /** @default null */
            spread?: number | null;
        };
        /**
         * GroupRuns
         * @description Runs that a query finds, gathered by what they have under a key.
         *
         *         `by` is `params.NAME`, `tags.NAME`, a key of their own (`step`, `experiment`, `actor` ...), or `inputs.NAME`: the dataset version or
         *         run that they took in under a name. Without `metrics` they are only counted.
         *
         *         `sort` is `runs` (how many they are), `value`, or a metric: `metrics.NAME` by the mean of its last values, `metrics.NAME.lowest` and
         *         `metrics.NAME.highest` by the extremes that its runs ever had; with `-` in front from above. Groups without it come last.
         */
        GroupRuns: {
            /** @default 0 */
            after?: number;
            by: string;
            /** @default false */
            children?: boolean;
            /** @default 100 */
            limit?: number;
            /** @default [] */
            metrics?: string[];
            /** @default  */
            query?: string;
            /** @default -runs */
            sort?: string;
        };
        /**
         * Groups
         * @description Groups in order; `next` continues behind them. `total` is how many there are.
         */
        Groups: {
            /** @default [] */
            groups?: components["schemas"]["Group"][];
            /** @default null */
            next?: number | null;
            /** @default 0 */
            total?: number;
        };
        /**
         * Guardrails
         * @description When a rollout goes back. Each guardrail is a sequential test that may be looked at any time; `alpha` is the chance that a
         *         harmless revision is taken back by any of them together.
         *
         *         `errors` compares the share of failed requests, `latency` the p99 (a factor above which it is harm; 0 switches it off), `loss`
         *         the loss of labelled predictions against the live revision (the margin above which it is harm; None switches it off). That
         *         many `crashes` of the model's process end a rollout at once.
         */
        Guardrails: {
            /** @default 0.05 */
            alpha?: number;
            /** @default 2 */
            crashes?: number;
            /** @default true */
            errors?: boolean;
            /** @default 2 */
            latency?: number;
            /** @default 0 */
            loss?: number | null;
        };
        /**
         * Health
         * @description The record as it answers now. `keepers` are processes that dispatch for everybody, heard of within a lease.
         */
        Health: {
            blobs: string;
            clock: number;
            database: string;
            dialect: string;
            keepers: number;
            last_entry: number;
            runs: {
                [key: string]: number;
            };
            schema: string;
            version: string;
        };
        /**
         * Heard
         * @description `generation` is what should be answered by now.
         */
        Heard: {
            generation: number;
        };
        /**
         * Held
         * @description An attempt and the token by which it is held.
         */
        Held: {
            attempt: string;
            token: string;
        };
        /** History */
        History: {
            /** @default null */
            next?: string | null;
            /** @default [] */
            runs?: components["schemas"]["RunPoints"][];
        };
        /**
         * Identify
         * @description Whose token has this hash? Without a hash: does anybody need a token at all?
         */
        Identify: {
            /** @default null */
            hash?: string | null;
        };
        /**
         * Identity
         * @description Who a caller is. `known` is False for a hash that no valid token has; `guarded`: there are tokens, so callers need one.
         *
         *         `may` are the permissions, each `thing:act` with `*` for any.
         */
        Identity: {
            /** @default  */
            actor?: string;
            guarded: boolean;
            known: boolean;
            /** @default [] */
            may?: string[];
            /** @default  */
            role?: string;
        };
        /**
         * Input
         * @description An argument that is not plain data. `form` is how it arrives: a format's name for a type ("polars", "pandas", "numpy",
         *         "path", "stream", "value" ...); `source` is a default such as `dataset://flights@latest` or `model://churn@champion`; `many`
         *         asks for a list of them.
         */
        Input: {
            /** @default value */
            form?: string;
            /** @default false */
            many?: boolean;
            name: string;
            /** @default false */
            optional?: boolean;
            /** @default null */
            source?: string | null;
        };
        /**
         * InputSummaries
         * @description Which inputs were described in these experiments (at most 1000).
         */
        InputSummaries: {
            experiments: number[];
        };
        /**
         * InputSummary
         * @description `context` is the tag that says what the input was for, as clients set it (`mlflow.data.context`).
         */
        InputSummary: {
            /** @default  */
            context?: string;
            digest: string;
            experiment: number;
            name: string;
        };
        /**
         * Job
         * @description Everything a worker needs to perform one attempt.
         */
        Job: {
            attempt: string;
            code: components["schemas"]["Code"] | null;
            definition: components["schemas"]["Definition"];
            environment: components["schemas"]["treadle.contract.runs.Environment"] | null;
            inputs: {
                [key: string]: components["schemas"]["JobInput"];
            };
            number: number;
            options: components["schemas"]["Options"];
            parameters: Record<string, never>;
            project: string;
            root: number;
            run: number;
            run_name: string;
            seed: number;
            token: string;
        };
        /**
         * JobInput
         * @description An input as bytes: an artifact, or a dataset version by the digest of its manifest. `many`: a list, in order.
         *
         *         `own`: made by runs of this record, so that pickles among them were asked for by name in the project's own code.
         */
        JobInput: {
            /** @default [] */
            artifacts?: components["schemas"]["Artifact"][];
            /** @default false */
            many?: boolean;
            /** @default false */
            own?: boolean;
        };
        /**
         * JournalFault
         * @description What is not as it was sealed. `what`: changed, removed, inserted (an entry), or broken (the chain of seals itself).
         */
        JournalFault: {
            entry: number;
            sentence: string;
            what: string;
        };
        /**
         * KeepCommit
         * @description A state of the code whose files are stored. `committed_at` None is now.
         */
        KeepCommit: {
            /** @default false */
            adhoc?: boolean;
            code: components["schemas"]["Code"];
            /** @default null */
            committed_at?: number | null;
            identifier: string;
            /** @default  */
            message?: string;
            project: string;
            /** @default  */
            ref?: string;
            text: string;
            /** @default valohai.yaml */
            yaml?: string;
        };
        /**
         * KeptFile
         * @description A file, or a folder (which has neither size nor digest); `digest` is the BLAKE3 of its bytes.
         */
        KeptFile: {
            /** @default  */
            digest?: string;
            /** @default false */
            folder?: boolean;
            path: string;
            /** @default 0 */
            size?: number;
        };
        /**
         * Key
         * @description What is compared. `area` is that of a subject (run ...), or metric, parameter, tag, taken or input; `part` says which summary of a
         *         run's metric (a value of PARTS).
         */
        Key: {
            area: string;
            name: string;
            /** @default  */
            part?: string;
        };
        /** KeyedRun */
        KeyedRun: {
            run: string;
        };
        /**
         * KeyPart
         * @description One part of the cache key, here and in the run compared with; `detail` names what differs inside it.
         */
        KeyPart: {
            /** @default [] */
            detail?: string[];
            equal: boolean;
            /** @default  */
            here?: string;
            part: string;
            /** @default  */
            there?: string;
        };
        /**
         * KnownNames
         * @description Names in alphabetical order, as a query line offers them: behind `metrics.`, `params.`, `tags.` and `inputs.`, and values of the
         *         keys `step` and `experiment`.
         */
        KnownNames: {
            /** @default [] */
            experiments?: string[];
            /** @default [] */
            inputs?: string[];
            /** @default [] */
            metrics?: string[];
            /** @default [] */
            parameters?: string[];
            /** @default [] */
            steps?: string[];
            /** @default [] */
            tags?: string[];
        };
        /**
         * Label
         * @description What really happened to the prediction with this key. `at` is when it became known (seconds since 1970).
         */
        Label: {
            /** @default null */
            at?: number | null;
            key: string;
            value: boolean | number | string;
        };
        /**
         * Labels
         * @description So many more labels of an endpoint.
         */
        Labels: {
            endpoint: string;
            every: number;
            /** @enum {unknown} */
            on: "labels";
        };
        /**
         * LabelVersion
         * @description Names a version that has no label yet: a label is given once and stays.
         */
        LabelVersion: {
            label: string;
            ref: string;
        };
        /**
         * LastPoint
         * @description The newest point of a metric: its name, value (None stands for "not a number"), time (seconds since 1970) and step.
         */
        LastPoint: {
            at: number;
            name: string;
            step: number;
            value: number | null;
        };
        /**
         * Like
         * @description `pattern` has % and _, escaped by a backslash; `folded` does not tell capitals from small letters.
         */
        Like: {
            /** @default false */
            folded?: boolean;
            key: components["schemas"]["Key"];
            /** @default false */
            negated?: boolean;
            pattern: string;
            /** @enum {unknown} */
            type: "Like";
        };
        /**
         * Limits
         * @description When a trigger does not act although its news came. Times are seconds.
         *
         *         `match` and `where` are conditions on the news: names with the value they must have (a list: one of them; a text with * or ?:
         *         alike), and an expression such as `rows >= 500 and kind != 'quality'`.
         */
        Limits: {
            /** @default 0 */
            concurrency?: number;
            /** @default 0 */
            cooldown?: number;
            /** @default false */
            dry_run?: boolean;
            /** @default {} */
            match?: Record<string, never>;
            /** @default 0 */
            most?: number;
            /** @default 0 */
            per?: number;
            /** @default 0 */
            persists?: number;
            /** @default [] */
            shared?: string[];
            /** @default 5 */
            tries?: number;
            /** @default [] */
            unless_open?: string[];
            /** @default  */
            where?: string;
        };
        /**
         * Line
         * @description One line of a story. `cause` is the entry of a line above that caused it; `details` belong to this line.
         */
        Line: {
            actor: string;
            at: number;
            /** @default null */
            cause?: number | null;
            /** @default [] */
            details?: string[];
            entry: number;
            kind: string;
            sentence: string;
            subject: string;
        };
        /**
         * Lineage
         * @description What something is made of, and what was made of it. The first node is what `ref` names. `cut`: there is more, in a direction that
         *         was asked for.
         */
        Lineage: {
            cut: boolean;
            edges: components["schemas"]["LineageEdge"][];
            nodes: components["schemas"]["LineageNode"][];
            ref: string;
        };
        /**
         * LineageEdge
         * @description `target` was made of `source`. `label` is the name of the argument, or how: committed, registered, live, canary, watched ...
         */
        LineageEdge: {
            label: string;
            source: string;
            target: string;
        };
        /**
         * LineageNode
         * @description One thing between the data and what answers: `id` is its subject, as stories take it (`run:12`, `dataset:flights@v3`,
         *         `model:churn@v2`, `endpoint:churn`, `monitor:churn-watch`). `kind` is dataset, run, model, endpoint or monitor. `parent` is the run that
         *         started a run, so that what a pipeline or a sweep started can be folded.
         */
        LineageNode: {
            /** @default null */
            at?: number | null;
            /** @default [] */
            detail?: string[];
            id: string;
            kind: string;
            /** @default null */
            parent?: string | null;
            /** @default  */
            state?: string;
            /** @default  */
            step?: string;
            title: string;
        };
        /**
         * LinkTraces
         * @description Says within which run traces happened; `run` is its key.
         */
        LinkTraces: {
            run: string;
            traces: string[];
        };
        /**
         * ListAlarms
         * @description `state` open, closed, or empty for all; of one monitor or of all; newest first.
         */
        ListAlarms: {
            /** @default 100 */
            limit?: number;
            /** @default  */
            monitor?: string;
            /** @default  */
            state?: string;
        };
        /**
         * ListComments
         * @description Comments about one subject with numbers above `after`, oldest first.
         */
        ListComments: {
            /** @default 0 */
            after?: number;
            /** @default 500 */
            limit?: number;
            subject: string;
        };
        /** ListCommits */
        ListCommits: {
            /** @default 1000 */
            limit?: number;
            project: string;
        };
        /**
         * ListDatasets
         * @description Which datasets to list: all, or those whose name starts with `prefix`.
         */
        ListDatasets: {
            /** @default  */
            prefix?: string;
        };
        /**
         * ListDatumAliases
         * @description All of the project, the last moved first, or those whose name starts with `prefix`.
         */
        ListDatumAliases: {
            /** @default  */
            prefix?: string;
        };
        /**
         * ListDatums
         * @description Datums of the project, newest first: all, or those of a `run`, of a `name` (`*` stands for anything), with certain bytes
         *         (`digest`, or the beginning of one). `after` continues behind the last datum of the page before. Purged ones are listed unless
         *         `purged` is False.
         */
        ListDatums: {
            /** @default null */
            after?: number | null;
            /** @default false */
            count?: boolean;
            /** @default null */
            digest?: string | null;
            /** @default 100 */
            limit?: number;
            /** @default null */
            name?: string | null;
            /** @default true */
            purged?: boolean;
            /** @default null */
            run?: number | null;
        };
        /** ListDeployments */
        ListDeployments: Record<string, never>;
        /**
         * ListDeploymentVersions
         * @description Versions of one deployment, or of all; `enabled` only those whose applications run, `everywhere` those of all projects.
         */
        ListDeploymentVersions: {
            /** @default  */
            deployment?: string;
            /** @default false */
            enabled?: boolean;
            /** @default false */
            everywhere?: boolean;
        };
        /**
         * ListEndpoints
         * @description The endpoints of the call's project; or (`everywhere`) of all, without counting what was recorded: who keeps their processes
         *         asks once a second.
         */
        ListEndpoints: {
            /** @default false */
            everywhere?: boolean;
        };
        /**
         * ListExperiments
         * @description Experiments for which all criteria hold; keys are id, name, created, updated and `tags.NAME`. `sort` names keys, with `-` in front
         *         for descending; `deleted` is no, only or both;
         *         `after` continues behind a page; `counted` adds the number of runs.
         */
        ListExperiments: {
            /** @default null */
            after?: string | null;
            /** @default false */
            counted?: boolean;
            /** @default [] */
            criteria?: components["schemas"]["Criterion"][];
            /** @default no */
            deleted?: string;
            /** @default 1000 */
            limit?: number;
            /**
             * @default [
             *       "-created"
             *     ]
             */
            sort?: string[];
        };
        /**
         * ListFiles
         * @description What is directly in a folder of the owner's, or with `deep` every file below it. A path that is a file has nothing in it.
         */
        ListFiles: {
            /** @default false */
            deep?: boolean;
            owner: string;
            /** @default  */
            path?: string;
        };
        /**
         * ListFirings
         * @description Newest first; of one trigger, in one state, before number `before`, or all.
         */
        ListFirings: {
            /** @default 0 */
            before?: number;
            /** @default 50 */
            limit?: number;
            /** @default  */
            state?: string;
            /** @default  */
            trigger?: string;
        };
        /**
         * ListKeys
         * @description What may be asked of a subject: `run` or `trace`.
         */
        ListKeys: {
            /** @default run */
            subject?: string;
        };
        /** ListKinds */
        ListKinds: Record<string, never>;
        /**
         * ListMentions
         * @description Those in comments with numbers below `before` (0: the newest).
         */
        ListMentions: {
            /** @default 0 */
            before?: number;
            /** @default 50 */
            limit?: number;
            /** @default false */
            unseen?: boolean;
        };
        /**
         * ListMetrics
         * @description Names known in the project of the call, those that start with `prefix`, at most `limit` of each kind.
         */
        ListMetrics: {
            /** @default 500 */
            limit?: number;
            /** @default  */
            prefix?: string;
        };
        /** ListModels */
        ListModels: {
            /** @default  */
            prefix?: string;
        };
        /** ListMonitors */
        ListMonitors: Record<string, never>;
        /**
         * ListNames
         * @description Names that begin with `prefix`, in any case of letters.
         */
        ListNames: {
            /** @default 100 */
            limit?: number;
            /** @default  */
            prefix?: string;
        };
        /**
         * ListPipelines
         * @description `show` is how many of its last runs each pipeline comes with, at most MOST_SHOWN.
         */
        ListPipelines: {
            /** @default 14 */
            show?: number;
        };
        /**
         * ListPredictions
         * @description Chunks behind number `after`, oldest first, that touch the event times `start` to `end`.
         */
        ListPredictions: {
            /** @default 0 */
            after?: number;
            /** @default null */
            end?: number | null;
            endpoint: string;
            /** @default 1000 */
            limit?: number;
            /** @default null */
            start?: number | null;
        };
        /** ListProjects */
        ListProjects: Record<string, never>;
        /**
         * ListRuns
         * @description `query` is the search language (`state = failed and metrics.auc > 0.9`); `sort` a key, with `-` for descending; `after`
         *         continues behind the last run of the page before. Without `children` only runs that a person or a trigger asked for.
         *
         *         `columns` are keys as the language writes them, `metrics.NAME`, `params.NAME`, `tags.NAME`, `inputs.NAME`: given, only these
         *         travel with each run, the parameters by the names that queries know (`params.model.depth`). `count` asks for the page's `total`.
         */
        ListRuns: {
            /** @default null */
            after?: string | null;
            /** @default false */
            children?: boolean;
            /** @default null */
            columns?: string[] | null;
            /** @default false */
            count?: boolean;
            /** @default 50 */
            limit?: number;
            /** @default  */
            query?: string;
            /** @default -id */
            sort?: string;
        };
        /** ListTokens */
        ListTokens: Record<string, never>;
        /**
         * ListTree
         * @description The files of a folder or dataset version by the digest of its manifest, in order of path, behind the path `after`.
         */
        ListTree: {
            /** @default  */
            after?: string;
            digest: string;
            /** @default 1000 */
            limit?: number;
        };
        /** ListTriggers */
        ListTriggers: Record<string, never>;
        /** ListVersions */
        ListVersions: {
            dataset: string;
        };
        /**
         * ListViews
         * @description Of one screen, or of all.
         */
        ListViews: {
            /** @default  */
            screen?: string;
        };
        /**
         * ListWebhooks
         * @description All webhooks of the project.
         */
        ListWebhooks: Record<string, never>;
        /**
         * ListWindows
         * @description The newest `limit` windows before number `before` (0: the newest). Without `reports` the numbers behind the verdicts stay away.
         */
        ListWindows: {
            /** @default 0 */
            before?: number;
            /** @default 50 */
            limit?: number;
            monitor: string;
            /** @default true */
            reports?: boolean;
        };
        /**
         * Live
         * @description What answers now. `missing` is what its record lacks to be performed again; `age` of its training data in seconds.
         */
        Live: {
            /** @default null */
            age?: number | null;
            endpoint: string;
            /** @default [] */
            missing?: string[];
            ref: string;
            reproducible: boolean;
        };
        /**
         * Log
         * @description A piece of an attempt's output, from byte `offset` on. `ended`: nothing follows after `offset + len(data)`.
         *
         *         `size` is how many bytes there are so far. `marks`, where they are asked for, tell what came when and from where, beginning with the
         *         one that holds at `offset`.
         */
        Log: {
            attempt: string;
            data: string;
            ended: boolean;
            /** @default [] */
            marks?: components["schemas"]["LogMark"][];
            offset: number;
            /** @default 0 */
            size?: number;
        };
        /**
         * Logged
         * @description The run's number, and how many points were new.
         */
        Logged: {
            /** @default 0 */
            points?: number;
            run: number;
        };
        /**
         * LoggedArtifact
         * @description A file that user code handed over with `artifact(...)` or a rich value, already stored.
         */
        LoggedArtifact: {
            artifact: components["schemas"]["Artifact"];
            /** @default null */
            step?: number | null;
        };
        /** LoggedMetrics */
        LoggedMetrics: {
            count: number;
        };
        /**
         * LoggedModel
         * @description `run` is the key of the run that made it, `artifact` the folder of its files once it is ready.
         */
        LoggedModel: {
            /** @default null */
            artifact?: components["schemas"]["Artifact"] | null;
            /** @default 0 */
            created_at?: number;
            /** @default 0 */
            experiment?: number;
            id: string;
            /** @default  */
            message?: string;
            /** @default [] */
            metrics?: components["schemas"]["ModelMetric"][];
            /** @default  */
            name?: string;
            /** @default {} */
            parameters?: {
                [key: string]: string;
            };
            /** @default  */
            run?: string;
            /** @default pending */
            state?: string;
            /** @default {} */
            tags?: {
                [key: string]: string;
            };
            /** @default  */
            type?: string;
            /** @default 0 */
            updated_at?: number;
        };
        /** LoggedModelPage */
        LoggedModelPage: {
            /** @default [] */
            models?: components["schemas"]["LoggedModel"][];
            /** @default null */
            next?: string | null;
        };
        /** LoggedModelRef */
        LoggedModelRef: {
            id: string;
        };
        /**
         * LogMark
         * @description From byte `offset` on, what is in the log was heard at that time from that stream.
         */
        LogMark: {
            at: number;
            offset: number;
            stream: string;
        };
        /**
         * LogModelMetrics
         * @description Metrics of logged models that a run has measured. The same one again changes nothing.
         */
        LogModelMetrics: {
            metrics: components["schemas"]["ModelMetric"][];
            run: string;
        };
        /**
         * LogRun
         * @description One batch of what a run tells of itself: all of it is taken, or nothing.
         *
         *         A point that is there already (same metric, step, time and value) is passed over, and so is a parameter that has this value, so
         *         the same batch sent again changes nothing. A parameter that has another value refuses the batch. None removes a tag. `name`
         *         renames the run; `parent` is the key of the run inside which it runs.
         */
        LogRun: {
            /** @default null */
            name?: string | null;
            /** @default {} */
            parameters?: {
                [key: string]: string;
            };
            /** @default null */
            parent?: string | null;
            /** @default {} */
            points?: {
                [key: string]: components["schemas"]["Points"];
            };
            run: string;
            /** @default {} */
            tags?: {
                [key: string]: string | null;
            };
        };
        /**
         * Look
         * @description Looks now at whatever is due. `close` also judges the last window, which is not full yet.
         */
        Look: {
            /** @default false */
            close?: boolean;
            monitor: string;
        };
        /**
         * Looked
         * @description The windows that were judged: new ones, and those that were judged again because labels had arrived.
         */
        Looked: {
            windows: components["schemas"]["Window"][];
        };
        /**
         * ManyBlobs
         * @description The blobs in the order asked for, verified; None for one of SMALL_CONTENT bytes or more, which `content.get` answers.
         *
         *         The list ends early when it has become large: ask again for the rest.
         */
        ManyBlobs: {
            blobs: (string | null)[];
        };
        /**
         * Me
         * @description Who the caller is, and what they may do: a page shows no button that would only be refused.
         *
         *         `may` are the permissions, each `thing:act` with `*` for any; operations say which one they need (`x-permission` in the API document).
         *         `guarded`: there are tokens, so callers need one; where there are none, who reaches the record owns it. `project` is where the call
         *         looked, said by the header X-Treadle-Project.
         */
        Me: {
            actor: string;
            guarded: boolean;
            may: string[];
            project: string;
            role: string;
        };
        /**
         * Mention
         * @description A comment in which somebody else mentioned the caller. `seen_at` None: not seen yet.
         */
        Mention: {
            comment: components["schemas"]["Comment"];
            /** @default null */
            seen_at?: number | null;
        };
        /**
         * Mentions
         * @description Mentions of the caller in this project, newest first; `unseen` counts all that were not seen, also those not in the list.
         */
        Mentions: {
            mentions: components["schemas"]["Mention"][];
            unseen: number;
        };
        /**
         * Metric
         * @description The summary of one metric of a run. None stands for "not a number".
         */
        Metric: {
            highest: number | null;
            last: number | null;
            last_step: number;
            lowest: number | null;
            name: string;
            points: number;
        };
        /**
         * Model
         * @description A named line of versions. `aliases` are movable names on version numbers (champion, challenger, shadow, or any word).
         */
        Model: {
            /** @default {} */
            aliases?: {
                [key: string]: number;
            };
            /** @default {} */
            card?: {
                [key: string]: string;
            };
            created_at: number;
            /** @default null */
            latest?: components["schemas"]["ModelVersion"] | null;
            name: string;
            versions: number;
        };
        /**
         * ModelLink
         * @description A logged model that a run took in, or made; `step` is the training step at which it was made.
         */
        ModelLink: {
            model: string;
            /** @default 0 */
            step?: number;
        };
        /**
         * ModelMetric
         * @description A metric of a logged model: `value` None stands for "not a number", `at` is in seconds since 1970.
         */
        ModelMetric: {
            at: number;
            /** @default  */
            dataset_digest?: string;
            /** @default  */
            dataset_name?: string;
            model: string;
            name: string;
            /** @default  */
            run?: string;
            /** @default 0 */
            step?: number;
            value: number | null;
        };
        /** ModelName */
        ModelName: {
            model: string;
        };
        /** ModelNamed */
        ModelNamed: {
            name: string;
        };
        /**
         * ModelOrder
         * @description `key` as in a test; a metric may be that on one dataset.
         */
        ModelOrder: {
            /** @default  */
            dataset_digest?: string;
            /** @default  */
            dataset_name?: string;
            /** @default false */
            descending?: boolean;
            key: string;
        };
        /** ModelPage */
        ModelPage: {
            /** @default [] */
            models?: components["schemas"]["ClientModel"][];
            /** @default null */
            next?: string | null;
        };
        /**
         * ModelVersion
         * @description One immutable version of a model with its evidence.
         *
         *         `stage`: candidate (gates have not spoken), waiting (for a person), approved, failed, rejected. What is live is said by aliases
         *         and endpoints, never by the stage. `artifact` is the model's bytes; `onnx` an equal form for faster answers, when its parity
         *         test passed; `profile` the digest of the reference profile (what the inputs and predictions looked like); `sample` a few rows
         *         of real input; `holdout` the labelled rows on which gates judged. `label` is the name of the truth's column. `data_until` is
         *         the newest moment in the training data, where it is known.
         */
        ModelVersion: {
            actor: string;
            /** @default [] */
            aliases?: string[];
            /** @default [] */
            approvals?: components["schemas"]["Approval"][];
            artifact: components["schemas"]["Artifact"];
            /** @default {} */
            card?: {
                [key: string]: string;
            };
            /** @default null */
            cause?: number | null;
            /** @default null */
            check?: number | null;
            created_at: number;
            /** @default null */
            data_until?: number | null;
            /** @default {} */
            facts?: components["schemas"]["Facts"];
            /** @default [] */
            gates?: components["schemas"]["GateResult"][];
            /** @default null */
            holdout?: components["schemas"]["Artifact"] | null;
            /** @default null */
            label?: string | null;
            /** @default {} */
            metrics?: {
                [key: string]: number;
            };
            model: string;
            number: number;
            /** @default null */
            onnx?: components["schemas"]["Artifact"] | null;
            /** @default null */
            profile?: string | null;
            /** @default default */
            project?: string;
            /** @default null */
            run?: number | null;
            /** @default null */
            sample?: components["schemas"]["Artifact"] | null;
            /** @default null */
            signature?: components["schemas"]["Signature"] | null;
            stage: string;
        };
        /** Monitor */
        Monitor: {
            /** @default [] */
            alarms?: components["schemas"]["Alarm"][];
            created_at: number;
            endpoint: string;
            /** @default null */
            latest?: components["schemas"]["Window"] | null;
            name: string;
            /** @default 0 */
            noise?: number;
            /** @default default */
            project?: string;
            settings: components["schemas"]["MonitorSettings"];
            state: string;
            /** @default 0 */
            useful?: number;
            /** @default 0 */
            windows?: number;
        };
        /** MonitorName */
        MonitorName: {
            monitor: string;
        };
        /**
         * MonitorSettings
         * @description What is watched, and when a window is bad.
         *
         *         A window holds `rows` predictions, or `seconds` of event time with at least `least_rows`. `checks` are quality, drift, predictions,
         *         joint, performance, traffic. `columns` (none: all inputs) and `slices` (columns) say where to look. `alpha` is the share of quiet
         *         windows that may look drifted; `recorded` and `material` are the effect sizes (KS distance or total variation) from which a
         *         drift is noted, and counts. An alarm opens after `open` bad windows of the last `among`, and closes after `close` good ones.
         */
        MonitorSettings: {
            /** @default 0.05 */
            alpha?: number;
            /** @default 3 */
            among?: number;
            /**
             * @default [
             *       "quality",
             *       "drift",
             *       "predictions",
             *       "traffic"
             *     ]
             */
            checks?: string[];
            /** @default 3 */
            close?: number;
            /** @default [] */
            columns?: string[];
            /** @default 0.01 */
            errors?: number;
            /** @default [] */
            ignore?: string[];
            /** @default null */
            latency?: number | null;
            /** @default 200 */
            least_rows?: number;
            /** @default 0.1 */
            material?: number;
            /** @default 2 */
            open?: number;
            /** @default null */
            performance?: components["schemas"]["Performance"] | null;
            /** @default 0.02 */
            recorded?: number;
            /** @default training */
            reference?: string;
            /** @default 0 */
            rows?: number;
            /** @default 0 */
            seconds?: number;
            /** @default 0 */
            silence?: number;
            /** @default [] */
            slices?: string[];
        };
        /** Negation */
        Negation: {
            term: components["schemas"]["Compare"] | components["schemas"]["Among"] | components["schemas"]["Like"] | components["schemas"]["treadle.contract.search.Missing"] | components["schemas"]["Negation"] | components["schemas"]["Both"] | components["schemas"]["Either"];
            /** @enum {unknown} */
            type: "Negation";
        };
        /**
         * NewApplication
         * @description `files` are stored artifacts or datums.
         */
        NewApplication: {
            /** @default {} */
            files?: {
                [key: string]: components["schemas"]["Binding"];
            };
            words: Record<string, never>;
        };
        /**
         * News
         * @description A journal entry of this kind (`alarm.opened`, or `run.*`), about this subject where one is named (it may hold `*`).
         */
        News: {
            kind: string;
            /** @enum {unknown} */
            on: "news";
            /** @default  */
            subject?: string;
        };
        /**
         * Node
         * @description A run as little as a graph, a ribbon or a bar of time needs of it. Times are seconds since 1970.
         */
        Node: {
            /** @default null */
            ended_at?: number | null;
            id: number;
            /** @default step */
            kind?: string;
            name: string;
            queued_at: number;
            /** @default null */
            reused_from?: number | null;
            /** @default null */
            started_at?: number | null;
            state: string;
            step: string;
        };
        /**
         * NoteRun
         * @description Replaces the note of a run; an empty text removes it.
         */
        NoteRun: {
            run: string;
            text: string;
        };
        /**
         * Notify
         * @description Tells people. Each of `webhook` (a JSON body, signed where `secret` names one), `slack` (a Slack-compatible webhook) and
         *         `mail` (addresses) that is given. An address `secret:NAME` is looked up as a secret. `server` is `smtp://USER@HOST:PORT`;
         *         without it the secret TREADLE_SMTP is asked.
         */
        Notify: {
            /** @enum {unknown} */
            act: "notify";
            /** @default [] */
            mail?: string[];
            /** @default  */
            secret?: string;
            /** @default  */
            sender?: string;
            /** @default  */
            server?: string;
            /** @default  */
            slack?: string;
            /** @default  */
            text?: string;
            /** @default  */
            webhook?: string;
        };
        /** OpenedScript */
        OpenedScript: {
            held: components["schemas"]["Held"];
            run: number;
            spool_offset: number;
        };
        /**
         * OpenLoggedModel
         * @description Opens a logged model, whose files follow. The same id answers the one it made before; without an id it gets one.
         */
        OpenLoggedModel: {
            /** @default null */
            created_at?: number | null;
            /** @default 0 */
            experiment?: number;
            /** @default  */
            id?: string;
            /** @default  */
            name?: string;
            /** @default {} */
            parameters?: {
                [key: string]: string;
            };
            /** @default  */
            run?: string;
            /** @default {} */
            tags?: {
                [key: string]: string;
            };
            /** @default  */
            type?: string;
        };
        /**
         * OpenRun
         * @description Opens a run that goes on outside. The same key answers the run it made before. `source` is the program that runs, `parent` the
         *         key of the run inside which it runs. Without a name it gets one, without a start it starts now.
         */
        OpenRun: {
            /** @default 0 */
            experiment?: number;
            key: string;
            /** @default  */
            name?: string;
            /** @default null */
            parent?: string | null;
            /** @default  */
            source?: string;
            /** @default null */
            started_at?: number | null;
            /** @default {} */
            tags?: {
                [key: string]: string;
            };
        };
        /**
         * OpenScript
         * @description A bare script or notebook that began to log. Repeating it with the same key answers the same attempt.
         */
        OpenScript: {
            /** @default null */
            code?: components["schemas"]["Code"] | null;
            /** @default null */
            environment?: components["schemas"]["treadle.contract.runs.Environment"] | null;
            /** @default  */
            handle?: string;
            /** @default  */
            host?: string;
            key: string;
            name: string;
            /** @default {} */
            options?: components["schemas"]["Options"];
            /** @default {} */
            parameters?: Record<string, never>;
            started_at: number;
        };
        /**
         * Operate
         * @description Performs any operation that an approver may. Its `key` is filled in, where it has one: once per cause.
         */
        Operate: {
            /** @enum {unknown} */
            act: "call";
            operation: string;
            /** @default {} */
            request?: Record<string, never>;
        };
        /**
         * Options
         * @description What may be said of one run beside its definition. `cache` False performs it even when an equal run exists.
         */
        Options: {
            /** @default true */
            cache?: boolean;
            /** @default null */
            engine?: string | null;
            /** @default null */
            entry?: string | null;
            /** @default false */
            metrics_from_output?: boolean;
            /** @default null */
            note?: string | null;
            /** @default null */
            reproduces?: number | null;
            /** @default null */
            seed?: number | null;
            /** @default {} */
            tags?: {
                [key: string]: string;
            };
        };
        /**
         * Output
         * @description A named result. `format` forces how it is saved; `dataset` makes it a new version of that dataset, `model` one of that
         *         model; `path` is where a command step leaves it, relative to its folder.
         */
        Output: {
            /** @default null */
            dataset?: string | null;
            /** @default null */
            format?: string | null;
            /** @default null */
            model?: string | null;
            name: string;
            /** @default null */
            path?: string | null;
        };
        /**
         * Pace
         * @description How fast, and where the time goes: from the journal entries between `since` and `until`. It never ranks persons.
         *
         *         `hands_free` is the share of releases that no person had a hand in, `taken_back` counts rollouts that were. `restore` is from
         *         the opening of an alarm to its closing and from the start of a rollout to its being taken back, `retraining` from an alarm to the
         *         version it caused being live, `cost` CPU seconds of the runs of a release.
         */
        Pace: {
            /** @default null */
            approval?: number | null;
            cost: components["schemas"]["Spread"];
            /** @default null */
            hands_free?: number | null;
            /** @default null */
            idle?: number | null;
            /** @default [] */
            live?: components["schemas"]["Live"][];
            /** @default [] */
            never_released?: string[];
            per_week: number;
            /** @default [] */
            releases?: components["schemas"]["Released"][];
            /** @default null */
            reproducible?: number | null;
            restore: components["schemas"]["Spread"];
            retraining: components["schemas"]["Spread"];
            /** @default null */
            rollout?: number | null;
            since: number;
            /** @default 0 */
            taken_back?: number;
            time_to_market: components["schemas"]["Spread"];
            until: number;
            /** @default null */
            working?: number | null;
        };
        /**
         * PackageDifference
         * @description A distribution that only one environment has, or in another version.
         */
        PackageDifference: {
            a: string | null;
            b: string | null;
            name: string;
        };
        /**
         * Parameter
         * @description An argument of plain data. `schema` is its JSON Schema, from the annotation; `default` is JSON (absent: required).
         */
        Parameter: {
            /** @default  */
            annotation?: string;
            default?: unknown;
            name: string;
            schema: Record<string, never>;
        };
        /** PauseMonitor */
        PauseMonitor: {
            monitor: string;
            paused: boolean;
        };
        /**
         * PauseTrigger
         * @description News that comes while it is paused is passed over, also afterwards.
         */
        PauseTrigger: {
            paused: boolean;
            /** @default  */
            reason?: string;
            trigger: string;
        };
        /**
         * Performance
         * @description What labelled predictions must reach: `metric` at most or at least a bound, or at most `worse_by` worse than on the holdout.
         *
         *         A window is judged when `labelled` of its predictions have their label, and not before.
         */
        Performance: {
            /** @default null */
            at_least?: number | null;
            /** @default null */
            at_most?: number | null;
            /** @default true */
            estimate?: boolean;
            /** @default 0.8 */
            labelled?: number;
            metric: string;
            /** @default null */
            worse_by?: number | null;
        };
        /**
         * Pipeline
         * @description A pipeline by its name: how many runs of it somebody asked for, and the last of them, newest first.
         */
        Pipeline: {
            last: components["schemas"]["Node"][];
            name: string;
            runs: number;
        };
        /** Plan */
        Plan: {
            endpoint: string;
            generation: number;
            /** @default [] */
            revisions?: components["schemas"]["treadle.contract.serving.Planned"][];
            settings: components["schemas"]["EndpointSettings"];
            state: string;
        };
        /**
         * PlanRun
         * @description Would this call be answered from the cache? `bindings` must already be known artifacts or datasets.
         */
        PlanRun: {
            /** @default {} */
            bindings?: {
                [key: string]: components["schemas"]["Binding"];
            };
            code: components["schemas"]["Code"];
            definition: components["schemas"]["Definition"];
            environment: components["schemas"]["treadle.contract.runs.Environment"];
            /** @default {} */
            parameters?: Record<string, never>;
        };
        /**
         * PlatformUsage
         * @description What the platform does and holds, over all projects. `stored_by_day`, `queue` and costs are of attempts that ended (and bytes that
         *         came) between `since` and `until`; the lists by project, step and person name the 50 that used most CPU.
         */
        PlatformUsage: {
            cost: components["schemas"]["Cost"];
            cost_by_actor: components["schemas"]["Cost"][];
            cost_by_day: components["schemas"]["Cost"][];
            cost_by_project: components["schemas"]["Cost"][];
            cost_by_step: components["schemas"]["Cost"][];
            endpoints: components["schemas"]["EndpointOn"][];
            engines: components["schemas"]["EngineLoad"][];
            processes: components["schemas"]["SeenProcess"][];
            queue: components["schemas"]["QueueLoad"];
            since: number;
            stored: components["schemas"]["Stored"][];
            stored_by_day: components["schemas"]["StoredOfDay"][];
            until: number;
        };
        /**
         * Points
         * @description Points of one metric, column-wise: steps, times (seconds since 1970), values (None stands for "not a number").
         */
        Points: {
            steps: number[];
            times: number[];
            values: (number | null)[];
        };
        /** PredictionChunk */
        PredictionChunk: {
            digest: string;
            first: number;
            id: number;
            last: number;
            /** @default {} */
            revisions?: {
                [key: string]: number;
            };
            rows: number;
            shipped_at: number;
            size: number;
        };
        /**
         * Preview
         * @description `kind` is table, text (also JSON), image, or bytes (nothing to show). Of a table `columns` tell what `counted` rows hold, `whole`
         *         when these are all; of a text `text` is its beginning.
         */
        Preview: {
            /** @default [] */
            columns?: components["schemas"]["ColumnPreview"][];
            /** @default 0 */
            counted?: number;
            digest: string;
            kind: string;
            /** @default  */
            media?: string;
            name: string;
            /** @default [] */
            rows?: unknown[][];
            size: number;
            /** @default  */
            text?: string;
            /** @default true */
            whole?: boolean;
        };
        /**
         * PreviewArtifact
         * @description What a run gave or logged, by digest.
         */
        PreviewArtifact: {
            digest: string;
            /** @default 50 */
            rows?: number;
        };
        /**
         * Previewed
         * @description What applying it would make: `state` is created, changed or unchanged, `sentence` says it in words, and `coming` are the next
         *         moments of a schedule.
         */
        Previewed: {
            /** @default [] */
            coming?: number[];
            sentence: string;
            state: string;
        };
        /**
         * PreviewTrigger
         * @description A trigger before it is applied. Writes nothing.
         */
        PreviewTrigger: {
            trigger: components["schemas"]["Declared"];
        };
        /**
         * PreviewVersion
         * @description A file of a dataset version; without a `path` its first table, or else its first file.
         */
        PreviewVersion: {
            /** @default  */
            path?: string;
            ref: string;
            /** @default 50 */
            rows?: number;
        };
        /** @description An error (RFC 9457). `code` is stable, `hint` is what to do next. */
        Problem: {
            /** @example E0202 */
            code: string;
            hint?: string;
            /** @description Of a query that does not read (E0108): where the word begins and ends, in characters from 0. */
            span?: number[];
            status: number;
            title: string;
            type: string;
            where?: string;
        };
        /**
         * Project
         * @description A team's space. `yaml` is where its declarations lie below the root of its code; `repository` is what `projects.fetch` asks.
         */
        Project: {
            /** @default  */
            actor?: string;
            /** @default null */
            created_at?: number | null;
            /** @default  */
            description?: string;
            name: string;
            /** @default  */
            repository?: string;
            /** @default {} */
            variables?: {
                [key: string]: components["schemas"]["Variable"];
            };
            /** @default valohai.yaml */
            yaml?: string;
        };
        /** ProjectName */
        ProjectName: {
            project: string;
        };
        /**
         * PutAlias
         * @description Moves an alias. A version for which no gate has spoken may become champion this way, on the caller's word; one that failed its
         *         gates, waits for a person or was rejected may not.
         */
        PutAlias: {
            alias: string;
            model: string;
            number: number;
        };
        /**
         * PutAssessment
         * @description Without an id a new one; with one, that one is replaced.
         */
        PutAssessment: {
            assessment: components["schemas"]["Assessment"];
        };
        /** PutContent */
        PutContent: {
            digest: string;
        };
        /** PutCount */
        PutCount: {
            count: number;
        };
        /**
         * PutDigests
         * @description The digests of the blobs, in their order.
         */
        PutDigests: {
            digests: string[];
        };
        /** PutFile */
        PutFile: {
            owner: string;
            path: string;
        };
        /**
         * PutMany
         * @description Small blobs, together at most MOST_BYTES.
         */
        PutMany: {
            blobs: string[];
        };
        /** PutPart */
        PutPart: {
            id: string;
            number: number;
        };
        /**
         * PutSpans
         * @description Spans by the id of their trace, which is made from its first span without a parent where it is not known yet. A span that is sent
         *         again replaces the one before.
         */
        PutSpans: {
            /** @default 0 */
            experiment?: number;
            /** @default {} */
            spans?: {
                [key: string]: components["schemas"]["Span"][];
            };
        };
        /**
         * PutTrace
         * @description What a trace is: the same id again adds to it what is named, and replaces what was said before.
         */
        PutTrace: {
            trace: components["schemas"]["Trace"];
        };
        /**
         * QueueLoad
         * @description `waiting` runs are queued, `ready` of them wait for nothing but a place. `wait` is the median time in seconds from being asked for
         *         until being started, of the `started` runs whose first attempt ended in these days (None: there were none).
         */
        QueueLoad: {
            ready: number;
            started: number;
            /** @default null */
            wait?: number | null;
            waiting: number;
        };
        /**
         * ReadApplicationLog
         * @description The last `limit` bytes.
         */
        ReadApplicationLog: {
            application: string;
            deployment: string;
            /** @default 65536 */
            limit?: number;
            version: string;
        };
        /**
         * ReadCode
         * @description Without a `path` the file in which the step is written, where it is known.
         */
        ReadCode: {
            /** @default  */
            path?: string;
            run: string;
        };
        /**
         * ReadEffects
         * @description Entries of steps within pipelines are left out unless `steps`.
         */
        ReadEffects: {
            entry: number;
            /** @default 200 */
            limit?: number;
            /** @default false */
            steps?: boolean;
        };
        /**
         * ReadEvents
         * @description The last `limit` lines, 0 for all. `attempt` is its number; 0 is the newest.
         */
        ReadEvents: {
            /** @default 0 */
            attempt?: number;
            /** @default 2000 */
            limit?: number;
            run: string;
        };
        /**
         * ReadHistory
         * @description The points of one metric of runs (named by key), ordered by run as asked, then step, time and value.
         *
         *         Steps go from `start` to `end` inclusive. A page has at most `limit` points; `after` continues behind it. With `sample` each run
         *         answers at most about that many of its points, evenly chosen, always with its first, last and extremes, in one page.
         */
        ReadHistory: {
            /** @default null */
            after?: string | null;
            /** @default null */
            end?: number | null;
            /** @default 25000 */
            limit?: number;
            name: string;
            runs: string[];
            /** @default 0 */
            sample?: number;
            /** @default null */
            start?: number | null;
        };
        /**
         * ReadJournal
         * @description Entries behind number `after`, oldest first; `newest` asks for the last `limit` instead, newest first. `kind` may end in *.
         *
         *         `before` (0: no bound) is the number below which entries are looked for, `since` and `until` are moments in seconds since 1970, and
         *         `text` is found in the kind, the subject or the data, in any case of letters. Entries of all projects are told unless `project` names
         *         one.
         */
        ReadJournal: {
            /** @default  */
            actor?: string;
            /** @default 0 */
            after?: number;
            /** @default 0 */
            before?: number;
            /** @default  */
            kind?: string;
            /** @default 500 */
            limit?: number;
            /** @default false */
            newest?: boolean;
            /** @default  */
            project?: string;
            /** @default null */
            root?: number | null;
            /** @default null */
            since?: number | null;
            /** @default  */
            subject?: string;
            /** @default  */
            text?: string;
            /** @default null */
            until?: number | null;
        };
        /** ReadLog */
        ReadLog: {
            /** @default 0 */
            attempt?: number;
            /** @default 1048576 */
            limit?: number;
            /** @default false */
            marks?: boolean;
            /** @default 0 */
            offset?: number;
            run: string;
        };
        /**
         * ReadMany
         * @description Blobs by digest. Asked for more than MOST_BYTES, the answer holds the first ones.
         */
        ReadMany: {
            digests: string[];
        };
        /**
         * ReadPoints
         * @description Curves of several runs at once: runs as people name them, metric names (none: all of each run), steps `start` to `end`
         *         inclusive, and into how many buckets of equal width each curve is gathered (1 to 20000).
         *
         *         `axis` says along what: step, time, or relative (seconds since the curve's `origin`). On the two others `since` and `until` limit
         *         the time, inclusive, in seconds since 1970 or since the origin.
         */
        ReadPoints: {
            /** @default step */
            axis?: string;
            /** @default 500 */
            buckets?: number;
            /** @default null */
            end?: number | null;
            /** @default [] */
            names?: string[];
            runs: string[];
            /** @default null */
            since?: number | null;
            /** @default null */
            start?: number | null;
            /** @default null */
            until?: number | null;
        };
        /** ReadRecorded */
        ReadRecorded: {
            held: components["schemas"]["Held"];
        };
        /**
         * ReadSeries
         * @description The last `minutes` (at most a month), gathered into at most so many buckets of whole minutes.
         */
        ReadSeries: {
            /** @default 90 */
            buckets?: number;
            endpoint: string;
            /** @default 180 */
            minutes?: number;
        };
        /**
         * ReadTable
         * @description Some values of all runs that a query finds, in the order of `sort`, at most `limit` (1 to 20000) of them.
         *
         *         `columns` are keys as the search language writes them: a run's own (`state`, `duration`, `created` ...), `metrics.NAME` for the last
         *         value of a metric, `metrics.NAME.lowest`, `.highest`, `.step` or `.points` for its other summaries, `params.NAME`, `tags.NAME`, and
         *         `inputs.NAME` for what a run took in under a name.
         */
        ReadTable: {
            /** @default false */
            children?: boolean;
            columns: string[];
            /** @default 1000 */
            limit?: number;
            /** @default  */
            query?: string;
            /** @default -id */
            sort?: string;
        };
        /**
         * RecordedCall
         * @description A call of a pipeline's body that the record holds already.
         */
        RecordedCall: {
            call: string;
            /** @default {} */
            parameters?: Record<string, never>;
            run: number;
            state: string;
        };
        /**
         * Register
         * @description A new version out of an artifact: a run's output (`run`, `output`), or bytes that are already stored (`artifact`).
         *
         *         `key` makes it idempotent. Without gates (no model declaration and no check) the version is a candidate until it is checked.
         */
        Register: {
            /** @default null */
            artifact?: components["schemas"]["Artifact"] | null;
            /** @default {} */
            card?: {
                [key: string]: string;
            };
            key: string;
            /** @default null */
            label?: string | null;
            model: string;
            /** @default result */
            output?: string;
            /** @default null */
            run?: number | null;
        };
        /**
         * Release
         * @description Moves an endpoint's traffic to a model version, stage by stage; no stages: at once.
         *
         *         `ref` is `name@v3` or `name@alias`. A version that is not approved is refused unless `override` says why; that is recorded.
         *         A rollout that is under way is replaced: its revision is retired. `key` makes the call idempotent.
         */
        Release: {
            endpoint: string;
            /** @default {} */
            guardrails?: components["schemas"]["Guardrails"];
            /** @default null */
            key?: string | null;
            /** @default  */
            override?: string;
            ref: string;
            /** @default [] */
            stages?: components["schemas"]["Stage"][];
        };
        /**
         * Released
         * @description One release: a version that became live at an endpoint. Times in seconds, moments in seconds since 1970.
         *
         *         `began` is the earliest of what caused it (`origin` is its entry, `because` its kind: an alarm, data, or a run somebody asked for).
         *         `working` is time in which its runs ran, `approval` in which it waited for a person, `rollout` from the start of its rollout until
         *         it was live, `idle` the rest. `hands` says what people did for it; empty: it went by itself. `cpu` are the CPU seconds of its runs.
         */
        Released: {
            /** @default 0 */
            approval?: number;
            because: string;
            began: number;
            /** @default 0 */
            cpu?: number;
            endpoint: string;
            entry: number;
            /** @default [] */
            hands?: string[];
            /** @default 0 */
            idle?: number;
            live_at: number;
            origin: number;
            ref: string;
            /** @default null */
            retraining?: number | null;
            /** @default 0 */
            rollout?: number;
            total: number;
            /** @default 0 */
            working?: number;
        };
        /** RemoveComment */
        RemoveComment: {
            comment: number;
        };
        /** RemoveDatumAlias */
        RemoveDatumAlias: {
            alias: string;
        };
        /** RemoveView */
        RemoveView: {
            view: number;
        };
        /**
         * ReportTraffic
         * @description What a process of an endpoint has counted since it started (cumulative), and where it listens.
         *
         *         `generation` is the plan it answers by. `process` names the process: counts of one process replace its earlier ones.
         *         `failed` are revisions whose model cannot be loaded or keeps dying, with the reason.
         */
        ReportTraffic: {
            address: string;
            endpoint: string;
            /** @default {} */
            failed?: {
                [key: string]: string;
            };
            generation: number;
            process: string;
            /** @default [] */
            traffic?: components["schemas"]["Traffic"][];
        };
        /**
         * RerunRun
         * @description A new run of the same definition, code and inputs; `parameters` replaces some of the parameters.
         */
        RerunRun: {
            key: string;
            /** @default {} */
            options?: components["schemas"]["Options"];
            /** @default {} */
            parameters?: Record<string, never>;
            run: string;
        };
        /**
         * Resources
         * @description What a step needs: CPU cores, bytes of memory (a limit: above it the step is ended as out of memory), GPUs.
         */
        Resources: {
            /** @default 1 */
            cpu?: number;
            /** @default 0 */
            gpu?: number;
            /** @default null */
            memory?: number | null;
        };
        /** ResumeRun */
        ResumeRun: {
            run: string;
        };
        /**
         * Retry
         * @description How often a failed step is tried again, and how long to wait: `delay * factor ** n` seconds, at most `most`.
         */
        Retry: {
            /** @default 1 */
            delay?: number;
            /** @default 2 */
            factor?: number;
            /** @default 300 */
            most?: number;
            /** @default 0 */
            times?: number;
        };
        /**
         * Revision
         * @description What answers, or answered, at an endpoint: a model version and its part of the traffic.
         *
         *         `role`: live (answers what no canary takes), canary (answers `share` of the traffic), shadow (sees the traffic, its answers are
         *         recorded and not given), ready (loaded, so that going back is instant), retired, failed.
         */
        Revision: {
            created_at: number;
            /** @default null */
            ended_at?: number | null;
            /** @default null */
            live_at?: number | null;
            model: string;
            number: number;
            /** @default  */
            reason?: string;
            role: string;
            /** @default 0 */
            share?: number;
            version: number;
        };
        /**
         * RevisionSeries
         * @description What one revision answered in each bucket. `p50` and `p99` are seconds, the upper bounds of the counting buckets they lie in
         *         (LATENCY_BOUNDS); None where nothing was answered.
         */
        RevisionSeries: {
            errors: number[];
            invalid: number[];
            p50: (number | null)[];
            p99: (number | null)[];
            ref: string;
            refused: number[];
            requests: number[];
            revision: number;
            role: string;
            rows: number[];
        };
        /** RevokeToken */
        RevokeToken: {
            name: string;
        };
        /**
         * RollBack
         * @description Ends a running rollout in favour of the live revision; with none running goes back to the revision that was live before.
         */
        RollBack: {
            endpoint: string;
            /** @default null */
            key?: string | null;
            /** @default  */
            reason?: string;
        };
        /**
         * Rollout
         * @description How traffic moves to a revision. `state`: running, paused, done, taken back. `evidence`: what the guardrails see.
         */
        Rollout: {
            /** @default  */
            actor?: string;
            /** @default null */
            cause?: number | null;
            /** @default null */
            ended_at?: number | null;
            endpoint: string;
            /** @default {} */
            evidence?: Record<string, never>;
            former: number | null;
            guardrails: components["schemas"]["Guardrails"];
            id: number;
            /** @default  */
            override?: string;
            /** @default  */
            reason?: string;
            revision: number;
            stage: number;
            stage_at: number;
            stages: components["schemas"]["Stage"][];
            started_at: number;
            state: string;
        };
        /** Rollouts */
        Rollouts: {
            endpoint: string;
            /** @default 50 */
            limit?: number;
        };
        /** RowPage */
        RowPage: {
            /** @default null */
            next?: string | null;
            /** @default [] */
            rows?: components["schemas"]["RunRow"][];
        };
        /**
         * Rows
         * @description So many more rows in the newest version of a dataset.
         */
        Rows: {
            dataset: string;
            every: number;
            /** @enum {unknown} */
            on: "rows";
        };
        /**
         * RunCode
         * @description The code of a run. `files` are those of its snapshot; `text` is that of `path` (None for a file that is no text), `patch` what
         *         was not committed. `whole` False: text or patch is only its beginning.
         */
        RunCode: {
            /** @default null */
            branch?: string | null;
            /** @default null */
            commit?: string | null;
            /** @default  */
            digest?: string;
            /** @default false */
            dirty?: boolean;
            /** @default [] */
            files?: components["schemas"]["CodeFile"][];
            /** @default null */
            note?: string | null;
            /** @default null */
            patch?: string | null;
            /** @default  */
            path?: string;
            /** @default null */
            remote?: string | null;
            run: number;
            /** @default null */
            text?: string | null;
            /** @default [] */
            warnings?: string[];
            /** @default true */
            whole?: boolean;
        };
        /** RunDiff */
        RunDiff: {
            a: components["schemas"]["treadle.contract.runs.Run"];
            b: components["schemas"]["treadle.contract.runs.Run"];
            differences: components["schemas"]["Difference"][];
        };
        /** RunNote */
        RunNote: {
            note: string | null;
            run: number;
        };
        /** RunPage */
        RunPage: {
            /** @default null */
            next?: string | null;
            runs: components["schemas"]["treadle.contract.runs.Run"][];
            /** @default null */
            total?: number | null;
            /** @default true */
            total_exact?: boolean;
        };
        /** RunPoints */
        RunPoints: {
            points: components["schemas"]["Points"];
            run: string;
        };
        /**
         * RunRef
         * @description A run by number, friendly name, unique prefix of it, or `@-1` for the last one.
         */
        RunRef: {
            run: string;
        };
        /**
         * RunRow
         * @description A run as its client knows it. Times are seconds since 1970. Parameters are texts.
         */
        RunRow: {
            /** @default  */
            actor?: string;
            /** @default null */
            deleted_at?: number | null;
            /** @default null */
            ended_at?: number | null;
            /** @default 0 */
            experiment?: number;
            id: number;
            /** @default [] */
            inputs?: components["schemas"]["DescribedInput"][];
            key: string;
            /** @default script */
            kind?: string;
            /** @default [] */
            metrics?: components["schemas"]["LastPoint"][];
            /** @default [] */
            models_in?: components["schemas"]["ModelLink"][];
            /** @default [] */
            models_out?: components["schemas"]["ModelLink"][];
            name: string;
            /** @default {} */
            parameters?: {
                [key: string]: string;
            };
            /** @default 0 */
            queued_at?: number;
            /** @default null */
            started_at?: number | null;
            state: string;
            /** @default  */
            step?: string;
            /** @default {} */
            tags?: {
                [key: string]: string;
            };
        };
        /**
         * RunTable
         * @description Runs by number and name, and under each column as it was asked for one value for each run; None where a run has none.
         *
         *         Parameters are numbers where they compare as numbers. `more`: the query finds more runs than these.
         */
        RunTable: {
            /** @default {} */
            columns?: {
                [key: string]: (number | string | null)[];
            };
            /** @default false */
            more?: boolean;
            /** @default [] */
            names?: string[];
            /** @default [] */
            runs?: number[];
        };
        /** RunTags */
        RunTags: {
            run: number;
            tags: {
                [key: string]: string;
            };
        };
        /**
         * SavedView
         * @description What a screen showed, under a name: `address` is the query part of its URL.
         */
        SavedView: {
            actor: string;
            address: string;
            id: number;
            name: string;
            project: string;
            saved_at: number;
            screen: string;
        };
        /**
         * SaveView
         * @description `screen` is a screen's name (`runs`), `address` what stands behind the ? of its URL. A name that is there already is replaced.
         */
        SaveView: {
            address: string;
            name: string;
            screen: string;
        };
        /**
         * Schedule
         * @description Moments of a cron expression of five fields in a time zone. Moments that passed while nobody looked count as one.
         */
        Schedule: {
            cron: string;
            /** @enum {unknown} */
            on: "schedule";
            /** @default UTC */
            zone?: string;
        };
        /**
         * SearchKey
         * @description Something that a query names: a key of its own, or (`named`) an area whose keys are `NAME.WHAT`, with the `parts` that may stand
         *         behind. `choices` are all values there are; `same` are other words for it; `values` are examples of how a value is written.
         */
        SearchKey: {
            /** @default [] */
            choices?: string[];
            name: string;
            /** @default false */
            named?: boolean;
            operators: string[];
            /** @default [] */
            parts?: string[];
            /** @default [] */
            same?: string[];
            type: string;
            /** @default [] */
            values?: string[];
        };
        /**
         * SearchKeys
         * @description The vocabulary of queries about a subject, in the order in which it is offered. `joins` stand between comparisons.
         */
        SearchKeys: {
            example: string;
            joins: string[];
            keys: components["schemas"]["SearchKey"][];
            subject: string;
        };
        /**
         * SeeMentions
         * @description The comments that the caller has seen; None for all that mention the caller in this project.
         */
        SeeMentions: {
            /** @default null */
            comments?: number[] | null;
        };
        /**
         * SeenProcess
         * @description A process that dispatches. `alive`: it was heard of within a lease; others have gone without saying so.
         */
        SeenProcess: {
            alive: boolean;
            host: string;
            pid: number;
            role: string;
            seen_at: number;
            started_at: number;
        };
        /**
         * SetDatumAlias
         * @description Puts a name on a datum (`datum` is a number, or another alias). Moving it to where it stands already changes nothing.
         */
        SetDatumAlias: {
            alias: string;
            datum: string;
            /** @default  */
            reason?: string;
        };
        /**
         * SetDeploymentAlias
         * @description `version` is a name or another alias.
         */
        SetDeploymentAlias: {
            alias: string;
            deployment: string;
            version: string;
        };
        /**
         * Settled
         * @description A run that has ended, with its outputs; `metrics` only where they were asked for.
         */
        Settled: {
            /** @default null */
            error?: components["schemas"]["End"] | null;
            /** @default {} */
            metrics?: {
                [key: string]: components["schemas"]["Metric"];
            };
            name: string;
            /** @default [] */
            outputs?: components["schemas"]["Artifact"][];
            run: number;
            state: string;
            step: string;
        };
        /**
         * SettledRuns
         * @description The runs that have ended. `progress`: of the others, the last value of each metric and its step.
         */
        SettledRuns: {
            /** @default {} */
            progress?: {
                [key: string]: {
                    [key: string]: [
                        number,
                        number
                    ];
                };
            };
            runs: components["schemas"]["Settled"][];
        };
        /**
         * SetVariable
         * @description A secret is kept in the home folder, outside of the record, and masked in logs.
         */
        SetVariable: {
            name: string;
            project: string;
            /** @default false */
            secret?: boolean;
            value: string;
        };
        /**
         * Shift
         * @description How far a column's values lie apart: the Kolmogorov-Smirnov distance of numbers, the total variation of words; 0 (equal) to 1.
         *         `a` and `b` describe the column on either side.
         */
        Shift: {
            a: components["schemas"]["ColumnPreview"];
            b: components["schemas"]["ColumnPreview"];
            column: string;
            distance: number;
            measure: string;
        };
        /**
         * ShipLog
         * @description Bytes of an attempt's output from `offset` on. Bytes already known are ignored.
         */
        ShipLog: {
            data: string;
            held: components["schemas"]["Held"];
            offset: number;
        };
        /** Shipped */
        Shipped: {
            new: boolean;
        };
        /**
         * ShipPredictions
         * @description A chunk of recorded predictions, already stored as Parquet under `digest`.
         *
         *         Columns: `id` (text, unique a row), `key` (text or null), `at` (event time, seconds since 1970, float64), `received` (the same of
         *         arrival), `revision` (int32), `role` (live, canary, shadow), `latency` (seconds), `error` (text or null), then
         *         `in.<name>` for each input and `out.<name>` for each output of the signature. `key` makes shipping idempotent.
         */
        ShipPredictions: {
            digest: string;
            endpoint: string;
            first: number;
            key: string;
            last: number;
            /** @default {} */
            revisions?: {
                [key: string]: number;
            };
            rows: number;
            size: number;
        };
        /**
         * ShipSpool
         * @description Whole records of an attempt's spool from byte `offset` on. Records before the known offset are ignored.
         */
        ShipSpool: {
            data: string;
            held: components["schemas"]["Held"];
            offset: number;
        };
        /**
         * Signature
         * @description What a model takes and gives. `frame` is how it wants its rows: numpy (a float64 matrix), polars or pandas (a table);
         *         `method` is what is called: predict_proba, predict, or a name of a class's own; `rows` is how many rows were looked at.
         */
        Signature: {
            /** @default numpy */
            frame?: string;
            inputs: components["schemas"]["Column"][];
            /** @default predict */
            method?: string;
            outputs: components["schemas"]["Column"][];
            /** @default 0 */
            rows?: number;
        };
        /** Sort */
        Sort: {
            /** @default false */
            descending?: boolean;
            key: components["schemas"]["Key"];
        };
        /**
         * Span
         * @description One piece of work within a trace. `attributes` are plain values by name; `events` have a name, a time and attributes; `status` is
         *         unset, ok or error.
         */
        Span: {
            /** @default {} */
            attributes?: Record<string, never>;
            /** @default 0 */
            ended_at?: number;
            /** @default [] */
            events?: Record<string, never>[];
            id: string;
            /** @default 1 */
            kind?: number;
            /** @default [] */
            links?: Record<string, never>[];
            /** @default  */
            message?: string;
            name: string;
            /** @default  */
            parent?: string;
            started_at: number;
            /** @default unset */
            status?: string;
        };
        /**
         * Spread
         * @description Several durations or amounts: how many, their median, and what 85 of 100 stay below (None: there are none).
         */
        Spread: {
            count: number;
            /** @default null */
            median?: number | null;
            /** @default null */
            p85?: number | null;
        };
        /**
         * Stage
         * @description One stage of a rollout: `share` of the traffic (0 is shadow), until at least `rows` predictions (of the new revision) and
         *         `seconds` have passed and, with `labels`, until that many of them have their label.
         */
        Stage: {
            /** @default 0 */
            labels?: number;
            /** @default 0 */
            rows?: number;
            /** @default 0 */
            seconds?: number;
            share: number;
        };
        /**
         * SteerRollout
         * @description `act` is pause, resume, or advance (to the next stage without waiting).
         */
        SteerRollout: {
            act: string;
            endpoint: string;
            /** @default  */
            reason?: string;
        };
        /**
         * StopCalls
         * @description Stops runs that a pipeline's body has started: `calls` are their names in it.
         */
        StopCalls: {
            calls: string[];
            held: components["schemas"]["Held"];
        };
        /** StopRun */
        StopRun: {
            run: string;
            /** @default  */
            why?: string;
        };
        /**
         * Stored
         * @description `kind` is artifacts, datasets, predictions, logs or points. Bytes are as the rows say, before equal bytes are kept only once; a
         *         version of a dataset counts whole, and a point as its 24 bytes.
         */
        Stored: {
            bytes: number;
            count: number;
            kind: string;
        };
        /**
         * StoredContent
         * @description Stored bytes; `new` is False when they were stored before, and then what was sent may not have been read.
         */
        StoredContent: {
            digest: string;
            new: boolean;
            size: number;
        };
        /**
         * StoredOfDay
         * @description Bytes that came on a day (UTC), which began at `at`.
         */
        StoredOfDay: {
            /** @default 0 */
            artifacts?: number;
            at: number;
            /** @default 0 */
            datasets?: number;
            /** @default 0 */
            logs?: number;
            /** @default 0 */
            points?: number;
            /** @default 0 */
            predictions?: number;
        };
        /** StoredPart */
        StoredPart: {
            digest: string;
            number: number;
            size: number;
        };
        /**
         * Story
         * @description How something came to be as it is: each line is caused by one above, and what it is made of, down to the data.
         */
        Story: {
            /** @default [] */
            lineage?: components["schemas"]["Fact"][];
            lines: components["schemas"]["Line"][];
            ref: string;
            title: string;
        };
        /**
         * StuckRun
         * @description A run that does not get on: queued for a while, or without a sign of life. `waits_for` says in words what is missing.
         */
        StuckRun: {
            actor: string;
            engine: string;
            name: string;
            root: number;
            run: number;
            since: number;
            state: string;
            step: string;
            waits_for: string;
        };
        /** SubmitChildren */
        SubmitChildren: {
            calls: components["schemas"]["ChildCall"][];
            held: components["schemas"]["Held"];
        };
        /**
         * SubmitRun
         * @description Asks for a run. `key` makes it idempotent: a request repeated with the same key answers the run it made before.
         */
        SubmitRun: {
            /** @default {} */
            bindings?: {
                [key: string]: components["schemas"]["Binding"];
            };
            /** @default null */
            code?: components["schemas"]["Code"] | null;
            definition: components["schemas"]["Definition"];
            /** @default null */
            environment?: components["schemas"]["treadle.contract.runs.Environment"] | null;
            key: string;
            /** @default {} */
            options?: components["schemas"]["Options"];
            /** @default {} */
            parameters?: Record<string, never>;
        };
        /**
         * Submitted
         * @description Run numbers in the order of the calls. `stop`: the pipeline itself should end.
         */
        Submitted: {
            runs: number[];
        };
        /**
         * SweepData
         * @description Removes stored bytes that no version, artifact or other record names, and that are older than `older_than` seconds.
         *
         *         The grace period protects what is being stored right now for a record that is not written yet; make it longer than the
         *         longest upload. Unless `remove` is set, only says what would be removed.
         */
        SweepData: {
            /** @default 86400 */
            older_than?: number;
            /** @default false */
            remove?: boolean;
        };
        /**
         * SweptData
         * @description What was removed, or without `remove` would be: blobs, their bytes, and what killed writers left behind (bytes).
         */
        SweptData: {
            blobs: number;
            bytes: number;
            kept: number;
            leftovers: number;
            packs: number;
            removed: boolean;
        };
        /**
         * SwitchEndpoint
         * @description `on` False drains and stops it; its revisions stay as they are.
         */
        SwitchEndpoint: {
            endpoint: string;
            on: boolean;
        };
        /**
         * TagRun
         * @description Sets tags of a run; None removes a tag. Tags that are not named stay.
         */
        TagRun: {
            run: string;
            tags: {
                [key: string]: string | null;
            };
        };
        /**
         * TagTrace
         * @description Sets tags; None removes one.
         */
        TagTrace: {
            id: string;
            tags: {
                [key: string]: string | null;
            };
        };
        /** TakeJob */
        TakeJob: {
            attempt: string;
            token: string;
        };
        /**
         * TakenInput
         * @description What a run took in under an argument's name: bytes, and where they came from (`run 12 prepare.result`, a dataset).
         */
        TakenInput: {
            digest: string;
            name: string;
            /** @default 0 */
            position?: number;
            /** @default null */
            producer?: number | null;
            source: string;
        };
        /**
         * Tested
         * @description `state` is what a firing would be in (due, holding, skipped, dry), or `no match`; `acts` what would be done, in words.
         */
        Tested: {
            /** @default [] */
            acts?: string[];
            state: string;
            why: string;
        };
        /**
         * TestTrigger
         * @description What would happen with this news: an entry of the journal, or `data` made up. Writes and does nothing.
         */
        TestTrigger: {
            /** @default {} */
            data?: Record<string, never>;
            /** @default null */
            entry?: number | null;
            trigger: string;
        };
        /**
         * TestWebhook
         * @description Sends an example of an event, by default of its first.
         */
        TestWebhook: {
            /** @default  */
            event?: string;
            id: string;
        };
        /**
         * Time
         * @description A moment: `at` seconds since 1970, or `back` seconds before now, or (`days_back`) the start of a day before today. With `day`
         *         it stands for that whole day (UTC) where it is compared with = or !=.
         */
        Time: {
            /** @default null */
            at?: number | null;
            /** @default 0 */
            back?: number;
            /** @default false */
            day?: boolean;
            /** @default null */
            days_back?: number | null;
        };
        /**
         * Today
         * @description Everything in this project that needs somebody now, at the moment `at`. Lists hold the 50 newest.
         *
         *         `versions` and `runs` wait for a person, `alarms` are open and nobody has seen them, `acknowledged` are open and somebody has; `failed`
         *         are runs of the last 24 hours, one for each step; `mentions` are of the caller and unseen.
         */
        Today: {
            acknowledged: components["schemas"]["Alarm"][];
            alarms: components["schemas"]["Alarm"][];
            at: number;
            counts: components["schemas"]["TodayCounts"];
            failed: components["schemas"]["FailedRun"][];
            mentions: components["schemas"]["Mention"][];
            rollouts: components["schemas"]["Rollout"][];
            runs: components["schemas"]["WaitingRun"][];
            stuck: components["schemas"]["StuckRun"][];
            versions: components["schemas"]["WaitingVersion"][];
        };
        /**
         * TodayCounts
         * @description How many there are of each, also of what did not fit in the lists.
         */
        TodayCounts: {
            /** @default 0 */
            acknowledged?: number;
            /** @default 0 */
            alarms?: number;
            /** @default 0 */
            failed?: number;
            /** @default 0 */
            mentions?: number;
            /** @default 0 */
            rollouts?: number;
            /** @default 0 */
            runs?: number;
            /** @default 0 */
            stuck?: number;
            /** @default 0 */
            versions?: number;
        };
        /**
         * Token
         * @description A name under which somebody calls. The secret itself is shown once, when the token is made, and kept nowhere.
         *
         *         `actor` is who stands in the journal for what is done with it. Times are seconds since 1970.
         */
        Token: {
            actor: string;
            created_at: number;
            /** @default null */
            expires_at?: number | null;
            name: string;
            /** @default null */
            revoked_at?: number | null;
            role: string;
        };
        /**
         * Trace
         * @description `run` is the key of the run within which it happened, `duration` is in seconds. Spans come with `traces.get` only.
         */
        Trace: {
            /** @default [] */
            assessments?: components["schemas"]["Assessment"][];
            /** @default 0 */
            at?: number;
            /** @default  */
            client_id?: string;
            /** @default null */
            duration?: number | null;
            /** @default 0 */
            experiment?: number;
            id: string;
            /** @default {} */
            metadata?: {
                [key: string]: string;
            };
            /** @default  */
            name?: string;
            /** @default  */
            request?: string;
            /** @default  */
            response?: string;
            /** @default  */
            run?: string;
            /** @default [] */
            spans?: components["schemas"]["Span"][];
            /** @default in_progress */
            state?: string;
            /** @default {} */
            tags?: {
                [key: string]: string;
            };
        };
        /** TracePage */
        TracePage: {
            /** @default null */
            next?: string | null;
            /** @default [] */
            traces?: components["schemas"]["Trace"][];
        };
        /** TraceRef */
        TraceRef: {
            id: string;
        };
        /**
         * Traffic
         * @description What one revision has answered: cumulative counts. `latency` counts requests per bucket of LATENCY_BOUNDS.
         */
        Traffic: {
            /** @default 0 */
            crashes?: number;
            /** @default 0 */
            disagreements?: number;
            /** @default 0 */
            errors?: number;
            /** @default 0 */
            invalid?: number;
            /** @default [] */
            latency?: number[];
            /** @default 0 */
            refused?: number;
            /** @default 0 */
            requests?: number;
            revision: number;
            /** @default 0 */
            rows?: number;
        };
        /** Missing */
        "treadle.contract.content.Missing": {
            digests: string[];
        };
        /** RemoveAlias */
        "treadle.contract.data.RemoveAlias": {
            alias: string;
            dataset: string;
        };
        /**
         * SetAlias
         * @description Moves an alias to a version, which `version` names by its number. Moving it to where it stands already changes nothing.
         */
        "treadle.contract.data.SetAlias": {
            alias: string;
            dataset: string;
            /** @default  */
            reason?: string;
            version: number;
        };
        /** RemoveAlias */
        "treadle.contract.registry.RemoveAlias": {
            alias: string;
            model: string;
        };
        /**
         * SetAlias
         * @description Moves an alias to a version (`version` is a number). Moving `champion` to a version that is not approved is refused.
         */
        "treadle.contract.registry.SetAlias": {
            alias: string;
            model: string;
            /** @default  */
            reason?: string;
            version: number;
        };
        /**
         * Environment
         * @description An interpreter and everything installed beside it. `digest` covers what can change a result.
         */
        "treadle.contract.runs.Environment": {
            /** @default {} */
            detail?: Record<string, never>;
            digest: string;
            /** @default {} */
            distributions?: {
                [key: string]: string;
            };
            platform: string;
            python: string;
            /** @default  */
            treadle?: string;
        };
        /**
         * Planned
         * @description `reuse` is the run whose result would be taken; `outputs` are its artifacts, for planning further.
         */
        "treadle.contract.runs.Planned": {
            /** @default  */
            because?: string;
            /** @default [] */
            outputs?: components["schemas"]["Artifact"][];
            /** @default null */
            reuse?: number | null;
        };
        /**
         * Run
         * @description One performance of a step or pipeline. States: queued, starting, running, done, failed, stopped.
         *
         *         The fields from `code` on are filled by `runs.get` only.
         */
        "treadle.contract.runs.Run": {
            actor: string;
            /** @default [] */
            attempts?: components["schemas"]["Attempt"][];
            /** @default {} */
            bindings?: {
                [key: string]: components["schemas"]["Binding"];
            };
            /** @default null */
            cache_key?: string | null;
            /** @default null */
            call_key?: string | null;
            /** @default null */
            cause?: number | null;
            /** @default [] */
            children?: components["schemas"]["treadle.contract.runs.Run"][];
            /** @default null */
            code?: components["schemas"]["Code"] | null;
            /** @default null */
            definition?: components["schemas"]["Definition"] | null;
            /** @default null */
            deleted_at?: number | null;
            /** @default [] */
            described?: components["schemas"]["DescribedInput"][];
            /** @default null */
            ended_at?: number | null;
            engine: string;
            /** @default null */
            environment?: components["schemas"]["treadle.contract.runs.Environment"] | null;
            /** @default null */
            error?: components["schemas"]["End"] | null;
            /** @default null */
            experiment?: string | null;
            /** @default [] */
            files?: components["schemas"]["KeptFile"][];
            id: number;
            /** @default [] */
            inputs?: components["schemas"]["TakenInput"][];
            /** @default  */
            key?: string;
            kind: string;
            /** @default [] */
            logged?: components["schemas"]["Artifact"][];
            /** @default {} */
            logged_parameters?: {
                [key: string]: string | number;
            };
            /** @default [] */
            metrics?: components["schemas"]["Metric"][];
            name: string;
            /** @default null */
            note?: string | null;
            /** @default null */
            options?: components["schemas"]["Options"] | null;
            /** @default [] */
            outputs?: components["schemas"]["Artifact"][];
            /** @default {} */
            parameters?: Record<string, never>;
            /** @default null */
            parent?: number | null;
            /** @default default */
            project?: string;
            queued_at: number;
            /** @default null */
            reason?: string | null;
            /** @default null */
            reused_from?: number | null;
            root: number;
            /** @default null */
            seed?: number | null;
            /** @default null */
            started_at?: number | null;
            state: string;
            step: string;
            /** @default false */
            stop_requested?: boolean;
            /** @default {} */
            tags?: {
                [key: string]: string;
            };
            /** @default null */
            usage?: components["schemas"]["Usage"] | null;
            /** @default null */
            waits_for?: string | null;
        };
        /**
         * Missing
         * @description The subject does not have the key; `negated`: it has.
         */
        "treadle.contract.search.Missing": {
            key: components["schemas"]["Key"];
            /** @default false */
            negated?: boolean;
            /** @enum {unknown} */
            type: "Missing";
        };
        /**
         * Planned
         * @description A revision as an endpoint's process needs it.
         */
        "treadle.contract.serving.Planned": {
            artifact: components["schemas"]["Artifact"];
            /** @default null */
            label?: string | null;
            model: string;
            number: number;
            /** @default null */
            onnx?: components["schemas"]["Artifact"] | null;
            /** @default null */
            profile?: string | null;
            role: string;
            /** @default null */
            sample?: components["schemas"]["Artifact"] | null;
            share: number;
            /** @default null */
            signature?: components["schemas"]["Signature"] | null;
            version: number;
        };
        /**
         * Run
         * @description Submits a run as it was captured when the trigger was applied: definition, code, environment.
         *
         *         After a `git.pushed`, where `fresh` is set, the code of that commit is captured and run instead: `submission.options.entry`
         *         names it as FILE::NAME, within the `folder` of the repository that holds the project.
         */
        "treadle.contract.triggers.Run": {
            /** @enum {unknown} */
            act: "run";
            /** @default  */
            folder?: string;
            /** @default false */
            fresh?: boolean;
            submission: components["schemas"]["SubmitRun"];
        };
        /**
         * Webhook
         * @description A POST to /hooks/NAME whose raw body is signed with this secret (its name, never its value).
         */
        "treadle.contract.triggers.Webhook": {
            /** @enum {unknown} */
            on: "webhook";
            secret: string;
        };
        /**
         * Webhook
         * @description `events` are keys of EVENTS; `signed` says whether it has a secret, which is never answered. `error` is what went wrong last.
         */
        "treadle.contract.webhooks.Webhook": {
            /** @default true */
            active?: boolean;
            /** @default 0 */
            created_at?: number;
            /** @default  */
            description?: string;
            /** @default null */
            error?: string | null;
            events: string[];
            id: string;
            name: string;
            /** @default false */
            signed?: boolean;
            /** @default 0 */
            updated_at?: number;
            url: string;
        };
        /**
         * Environment
         * @description Where a step's packages come from. Nothing declared: the environment that runs Treadle.
         */
        "treadle.core.definition.Environment": {
            /** @default null */
            image?: string | null;
            /** @default null */
            lock?: string | null;
            /** @default [] */
            packages?: string[];
            /** @default null */
            python?: string | null;
        };
        /** TreeFile */
        TreeFile: {
            digest: string;
            /** @default false */
            executable?: boolean;
            path: string;
            size: number;
        };
        /**
         * Trigger
         * @description A trigger as it stands. `sentence` says it in words; `passed` counts news of its kind whose conditions did not hold.
         */
        Trigger: {
            actor: string;
            applied_at: number;
            created_at: number;
            declared: components["schemas"]["Declared"];
            /** @default [] */
            firings?: components["schemas"]["Firing"][];
            name: string;
            /** @default null */
            next_at?: number | null;
            /** @default  */
            note?: string;
            /** @default 0 */
            passed?: number;
            position: number;
            /** @default default */
            project?: string;
            sentence: string;
            state: string;
        };
        /** TriggerName */
        TriggerName: {
            trigger: string;
        };
        /**
         * Unseen
         * @description How many mentions are left that were not seen.
         */
        Unseen: {
            unseen: number;
        };
        /** Upload */
        Upload: {
            id: string;
        };
        /**
         * Usage
         * @description What an attempt used: wall and CPU seconds, and the largest resident memory in bytes.
         */
        Usage: {
            /** @default 0 */
            cpu?: number;
            /** @default {} */
            detail?: Record<string, never>;
            /** @default 0 */
            memory?: number;
            /** @default 0 */
            wall?: number;
        };
        /**
         * Uses
         * @description Who made a dataset version and who took it in: numbers of runs.
         */
        Uses: {
            made_by: number | null;
            used_by: number[];
            version: components["schemas"]["DatasetVersion"];
        };
        /**
         * Variable
         * @description An environment variable of a project's runs. The value of a secret is never told: it is "".
         */
        Variable: {
            /** @default false */
            secret?: boolean;
            value: string;
        };
        /**
         * Verified
         * @description `seal` is the digest of the newest seal that was looked at, which covers everything up to entry `upto`: worth noting elsewhere.
         *
         *         `entries` were looked at and `sealed` of them for the first time. `more`: ask again with `after` = `number`. `expected` says whether
         *         the digest asked for was met, None where none was asked for. At most 100 faults are named of `faulty`.
         */
        Verified: {
            entries: number;
            expected: boolean | null;
            faults: components["schemas"]["JournalFault"][];
            faulty: number;
            more: boolean;
            number: number;
            seal: string;
            sealed: number;
            upto: number;
        };
        /**
         * VerifyData
         * @description Reads all stored bytes and looks for all that the record names.
         */
        VerifyData: Record<string, never>;
        /**
         * VerifyJournal
         * @description Looks at entries behind the seal number `after`, at most `limit` of them, and seals those that no seal covers yet.
         *
         *         `expect` is a seal's digest that was noted earlier, outside of the record: it finds who rewrote entries and all seals behind them.
         */
        VerifyJournal: {
            /** @default 0 */
            after?: number;
            /** @default  */
            expect?: string;
            /** @default 100000 */
            limit?: number;
        };
        /** VersionAt */
        VersionAt: {
            model: string;
            number: number;
        };
        /**
         * VersionDiff
         * @description How version `b` differs from `a`: files, and where both are tables their columns, rows and, worst first, values.
         *
         *         Lists of files hold at most 1,000. `compared` is False where the tables are too large to compare their rows here (`treadle data diff`
         *         does), and `read` tells how many rows of each side the distances come from.
         */
        VersionDiff: {
            a: string;
            b: string;
            /** @default {} */
            columns_added?: {
                [key: string]: string;
            };
            /** @default {} */
            columns_removed?: {
                [key: string]: string;
            };
            /** @default {} */
            columns_retyped?: {
                [key: string]: [
                    string,
                    string
                ];
            };
            /** @default true */
            compared?: boolean;
            /**
             * @default [
             *       0,
             *       0,
             *       0
             *     ]
             */
            files?: [
                number,
                number,
                number
            ];
            /** @default [] */
            files_added?: string[];
            /** @default [] */
            files_changed?: string[];
            /** @default [] */
            files_removed?: string[];
            /**
             * @default [
             *       0,
             *       0
             *     ]
             */
            read?: [
                number,
                number
            ];
            /**
             * @default [
             *       null,
             *       null
             *     ]
             */
            rows?: [
                number | null,
                number | null
            ];
            /** @default null */
            rows_added?: number | null;
            /** @default null */
            rows_removed?: number | null;
            /** @default [] */
            shifts?: components["schemas"]["Shift"][];
        };
        /**
         * VersionFile
         * @description A file of a version. `datum` is the number of the newest datum of the project with the same bytes, by the same name where
         *         there is one; None for a file that no run gave. `properties` are what was said of it when the version was made.
         */
        VersionFile: {
            /** @default null */
            datum?: number | null;
            digest: string;
            path: string;
            /** @default {} */
            properties?: Record<string, never>;
            size: number;
        };
        /**
         * VersionFiles
         * @description The files of a dataset version in order of path: at most `limit` of them, those behind the path `after`.
         */
        VersionFiles: {
            /** @default  */
            after?: string;
            /** @default 1000 */
            limit?: number;
            ref: string;
        };
        /** VersionPage */
        VersionPage: {
            /** @default null */
            next?: string | null;
            /** @default [] */
            versions?: components["schemas"]["ClientVersion"][];
        };
        /**
         * VersionRef
         * @description `ref` is `name`, `name@latest`, `name@v3` or `name@alias`, with or without `model://` in front.
         */
        VersionRef: {
            ref: string;
        };
        /**
         * WaitingRun
         * @description A run that goes on when a person says yes (`runs.approve`). `pipeline` is the name of the run's root.
         */
        WaitingRun: {
            actor: string;
            name: string;
            pipeline: string;
            root: number;
            run: number;
            since: number;
            step: string;
        };
        /**
         * WaitingVersion
         * @description A model version that waits for a person's yes, with what its gates said. `since` is when it was made.
         */
        WaitingVersion: {
            actor: string;
            /** @default [] */
            gates?: components["schemas"]["GateResult"][];
            model: string;
            ref: string;
            /** @default null */
            run?: number | null;
            since: number;
            version: number;
        };
        /**
         * WebhookAnswer
         * @description What the address answered: a status of HTTP, or why there was none.
         */
        WebhookAnswer: {
            /** @default  */
            error?: string;
            /** @default null */
            status?: number | null;
        };
        /** WebhookRef */
        WebhookRef: {
            id: string;
        };
        /**
         * Why
         * @description Why a run was performed or reused: the run it was compared with, and the parts of the cache key.
         */
        Why: {
            /** @default [] */
            children?: components["schemas"]["Why"][];
            /** @default null */
            compared_with?: number | null;
            /** @default [] */
            parts?: components["schemas"]["KeyPart"][];
            run: components["schemas"]["treadle.contract.runs.Run"];
            sentence: string;
            /** @default [] */
            story?: string[];
        };
        /**
         * Window
         * @description One look: the predictions of an endpoint from event time `start` to `end` (seconds since 1970).
         *
         *         `verdicts` holds good, bad, small (too few rows) or waiting (for labels) for each check, and for each `check@column=value` of a
         *         slice; `report` the numbers behind them. `rows` counts answers of live and canary revisions; those of a shadow are reported apart.
         */
        Window: {
            end: number;
            /** @default 0 */
            labelled?: number;
            looked_at: number;
            monitor: string;
            number: number;
            /** @default {} */
            report?: Record<string, never>;
            rows: number;
            start: number;
            /** @default {} */
            verdicts?: {
                [key: string]: string;
            };
            /** @default null */
            version?: number | null;
        };
        /** WindowNumber */
        WindowNumber: {
            monitor: string;
            number: number;
        };
        /** Word */
        Word: {
            rows: number;
            value: string;
        };
        /**
         * WriteCard
         * @description Words by people for a model's or (`ref` with a version) a version's card: sections by name; an empty text removes one.
         */
        WriteCard: {
            ref: string;
            sections: {
                [key: string]: string;
            };
        };
    };
    responses: {
        /** @description The error. */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "monitoring.alarms": {
        parameters: {
            query?: {
                limit?: number;
                monitor?: string;
                state?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alarm"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "monitoring.acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alarm: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @default false */
                    close?: boolean;
                    /** @default null */
                    useful?: boolean | null;
                    /** @default  */
                    words?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alarm"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.artifacts": {
        parameters: {
            query?: {
                digest?: string | null;
                limit?: number;
                name?: string | null;
                run?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoundArtifact"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.preview_artifact": {
        parameters: {
            query?: {
                rows?: number;
            };
            header?: never;
            path: {
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "clients.open": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OpenRun"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunRow"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "clients.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @default null */
                    ended_at?: number | null;
                    /** @default null */
                    name?: string | null;
                    /** @default null */
                    state?: string | null;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunRow"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "clients.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunRow"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "tracking.inputs": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @default [] */
                    inputs?: components["schemas"]["DescribedInput"][];
                    /** @default [] */
                    models_in?: components["schemas"]["ModelLink"][];
                    /** @default [] */
                    models_out?: components["schemas"]["ModelLink"][];
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Described"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "clients.restore": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunRow"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "runs.code_diff": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                a: string;
                b: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CodeDiff"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "comments.list": {
        parameters: {
            query: {
                after?: number;
                limit?: number;
                subject: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comment"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "comments.add": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddComment"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comment"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "comments.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                comment: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    text: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comment"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "comments.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                comment: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comment"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "projects.commit": {
        parameters: {
            query?: {
                project?: string;
            };
            header?: never;
            path: {
                identifier: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Commit"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "content.get": {
        parameters: {
            query?: {
                length?: number | null;
                start?: number;
            };
            header?: never;
            path: {
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes; 206 for a part. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "content.put": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                digest: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": unknown;
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredContent"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "content.put_many": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutMany"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PutDigests"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "content.missing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FindMissing"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["treadle.contract.content.Missing"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "content.read_many": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReadMany"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManyBlobs"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.sweep": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SweepData"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweptData"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["VerifyData"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlawedContent"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.diff": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                a: string;
                b: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VersionDiff"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.version": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetVersion"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.files": {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
            };
            header?: never;
            path: {
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VersionFile"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.label": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    label: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetVersion"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.preview": {
        parameters: {
            query?: {
                path?: string;
                rows?: number;
            };
            header?: never;
            path: {
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.uses": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Uses"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.list": {
        parameters: {
            query?: {
                prefix?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dataset"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.alias": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alias: string;
                dataset: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default  */
                    reason?: string;
                    version: number;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dataset"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.remove_alias": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alias: string;
                dataset: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dataset"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.versions": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                dataset: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetVersion"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.commit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                dataset: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default null */
                    base?: string | null;
                    /** @default null */
                    columns?: {
                        [key: string]: string;
                    } | null;
                    /** @default null */
                    key?: string | null;
                    /** @default null */
                    label?: string | null;
                    manifest: string;
                    /** @default  */
                    message?: string;
                    /** @default null */
                    parent?: number | null;
                    /** @default null */
                    rows?: number | null;
                    /** @default null */
                    run?: number | null;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetVersion"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.datum_aliases": {
        parameters: {
            query?: {
                prefix?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatumAlias"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.set_datum_alias": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alias: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    datum: string;
                    /** @default  */
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatumAlias"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.remove_datum_alias": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alias: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Datum"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.describe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DescribeDatums"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Datum"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.datums": {
        parameters: {
            query?: {
                after?: number | null;
                count?: boolean;
                digest?: string | null;
                limit?: number;
                name?: string | null;
                purged?: boolean;
                run?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatumPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.datum": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Datum"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "data.purge": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Datum"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "deployments.versions": {
        parameters: {
            query?: {
                deployment?: string;
                enabled?: boolean;
                everywhere?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeploymentVersion"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "deployments.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "deployments.add": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddDeployment"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "deployments.alias": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alias: string;
                deployment: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    version: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "deployments.add_version": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                deployment: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default [] */
                    aliases?: string[];
                    applications: {
                        [key: string]: components["schemas"]["NewApplication"];
                    };
                    code: components["schemas"]["Code"];
                    /** @default  */
                    commit?: string;
                    /** @default true */
                    enabled?: boolean;
                    /** @default [] */
                    groups?: string[];
                    key: string;
                    /** @default  */
                    name?: string;
                    /** @default  */
                    project?: string;
                    /** @default {} */
                    variables?: {
                        [key: string]: string;
                    };
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeploymentVersion"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "deployments.version": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                deployment: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeploymentVersion"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "deployments.enable": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                deployment: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    enabled: boolean;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeploymentVersion"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "deployments.log": {
        parameters: {
            query: {
                application: string;
                limit?: number;
            };
            header?: never;
            path: {
                deployment: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApplicationLog"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "runs.diff": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                a: string;
                b: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunDiff"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "serving.endpoints": {
        parameters: {
            query?: {
                everywhere?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "serving.declare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeclareEndpoint"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "serving.endpoint": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "serving.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "serving.labels": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    labels: components["schemas"]["Label"][];
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddedLabels"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "serving.plan": {
        parameters: {
            query?: {
                known?: number;
            };
            header?: never;
            path: {
                endpoint: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "serving.predictions": {
        parameters: {
            query?: {
                after?: number;
                end?: number | null;
                limit?: number;
                start?: number | null;
            };
            header?: never;
            path: {
                endpoint: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PredictionChunk"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "serving.ship": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    digest: string;
                    first: number;
                    key: string;
                    last: number;
                    /** @default {} */
                    revisions?: {
                        [key: string]: number;
                    };
                    rows: number;
                    size: number;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Shipped"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "serving.release": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default {} */
                    guardrails?: components["schemas"]["Guardrails"];
                    /** @default null */
                    key?: string | null;
                    /** @default  */
                    override?: string;
                    ref: string;
                    /** @default [] */
                    stages?: components["schemas"]["Stage"][];
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "serving.report": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    address: string;
                    /** @default {} */
                    failed?: {
                        [key: string]: string;
                    };
                    generation: number;
                    process: string;
                    /** @default [] */
                    traffic?: components["schemas"]["Traffic"][];
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Heard"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "serving.rollback": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @default null */
                    key?: string | null;
                    /** @default  */
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "serving.steer": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    act: string;
                    /** @default  */
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "serving.rollouts": {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path: {
                endpoint: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rollout"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "serving.series": {
        parameters: {
            query?: {
                buckets?: number;
                minutes?: number;
            };
            header?: never;
            path: {
                endpoint: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointSeries"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "serving.switch": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    on: boolean;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "experiments.get": {
        parameters: {
            query?: {
                id?: number | null;
                name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Experiment"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "experiments.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateExperiment"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Experiment"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "experiments.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @default null */
                    name?: string | null;
                    /** @default {} */
                    tags?: {
                        [key: string]: string | null;
                    };
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Experiment"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "experiments.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Experiment"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "experiments.restore": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Experiment"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "experiments.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ListExperiments"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExperimentPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "files.get": {
        parameters: {
            query: {
                length?: number | null;
                owner: string;
                path: string;
                start?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes; 206 for a part. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "files.put": {
        parameters: {
            query: {
                owner: string;
                path: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": unknown;
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeptFile"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "files.delete": {
        parameters: {
            query: {
                owner: string;
                path: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletedFiles"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "files.list": {
        parameters: {
            query: {
                deep?: boolean;
                owner: string;
                path?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeptFile"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "files.begin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BeginUpload"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "files.complete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @default {} */
                    digests?: {
                        [key: string]: string;
                    };
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeptFile"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "files.abort": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "files.part": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                number: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": unknown;
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredPart"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "triggers.firings": {
        parameters: {
            query?: {
                before?: number;
                limit?: number;
                state?: string;
                trigger?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Firing"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "triggers.why": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                firing: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Explained"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "journal.health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "journal.read": {
        parameters: {
            query?: {
                actor?: string;
                after?: number;
                before?: number;
                kind?: string;
                limit?: number;
                newest?: boolean;
                project?: string;
                root?: number | null;
                since?: number | null;
                subject?: string;
                text?: string;
                until?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entry"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "journal.causes": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                entry: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entry"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "journal.effects": {
        parameters: {
            query?: {
                limit?: number;
                steps?: boolean;
            };
            header?: never;
            path: {
                entry: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Effects"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "journal.kinds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string[];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "journal.verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["VerifyJournal"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verified"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "delivery.lineage": {
        parameters: {
            query: {
                down?: number;
                limit?: number;
                ref: string;
                up?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lineage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "logged_models.open": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["OpenLoggedModel"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoggedModel"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "logged_models.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoggedModel"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "logged_models.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @default  */
                    message?: string;
                    /** @default {} */
                    parameters?: {
                        [key: string]: string;
                    };
                    /** @default null */
                    state?: string | null;
                    /** @default {} */
                    tags?: {
                        [key: string]: string | null;
                    };
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoggedModel"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "logged_models.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoggedModel"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "logged_models.log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LogModelMetrics"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoggedMetrics"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "logged_models.find": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FindLoggedModels"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoggedModelPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "access.me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "comments.mentions": {
        parameters: {
            query?: {
                before?: number;
                limit?: number;
                unseen?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Mentions"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "comments.seen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SeeMentions"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Unseen"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registry.card": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Card"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registry.write_card": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    sections: {
                        [key: string]: string;
                    };
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelVersion"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registry.version": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelVersion"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registry.conclude": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    check: number;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelVersion"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registry.decide": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    decision: string;
                    /** @default  */
                    gate?: string;
                    /** @default false */
                    override?: boolean;
                    /** @default  */
                    words?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelVersion"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registry.models": {
        parameters: {
            query?: {
                prefix?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registry.alias": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alias: string;
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default  */
                    reason?: string;
                    version: number;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registry.remove_alias": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alias: string;
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registry.history": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AliasChange"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registry.versions": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelVersion"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registry.register": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default null */
                    artifact?: components["schemas"]["Artifact"] | null;
                    /** @default {} */
                    card?: {
                        [key: string]: string;
                    };
                    key: string;
                    /** @default null */
                    label?: string | null;
                    /** @default result */
                    output?: string;
                    /** @default null */
                    run?: number | null;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelVersion"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "monitoring.monitors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Monitor"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "monitoring.declare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeclareMonitor"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Monitor"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "monitoring.monitor": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                monitor: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Monitor"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "monitoring.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                monitor: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Monitor"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "monitoring.look": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                monitor: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @default false */
                    close?: boolean;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Looked"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "monitoring.pause": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                monitor: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    paused: boolean;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Monitor"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "monitoring.windows": {
        parameters: {
            query?: {
                before?: number;
                limit?: number;
                reports?: boolean;
            };
            header?: never;
            path: {
                monitor: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Window"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "monitoring.window": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                monitor: string;
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Window"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "delivery.pace": {
        parameters: {
            query?: {
                days?: number;
                until?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pace"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "people.names": {
        parameters: {
            query?: {
                limit?: number;
                prefix?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string[];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "runs.pipelines": {
        parameters: {
            query?: {
                show?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pipeline"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "runs.plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlanRun"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["treadle.contract.runs.Planned"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "projects.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "projects.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateProject"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "projects.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "projects.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @default null */
                    description?: string | null;
                    /** @default null */
                    repository?: string | null;
                    /** @default null */
                    yaml?: string | null;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "projects.commits": {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Commit"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "projects.keep_commit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default false */
                    adhoc?: boolean;
                    code: components["schemas"]["Code"];
                    /** @default null */
                    committed_at?: number | null;
                    identifier: string;
                    /** @default  */
                    message?: string;
                    /** @default  */
                    ref?: string;
                    text: string;
                    /** @default valohai.yaml */
                    yaml?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Commit"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "projects.fetch": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fetched"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "projects.set_variable": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    /** @default false */
                    secret?: boolean;
                    value: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "projects.drop_variable": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registered.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateModel"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClientModel"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registered.alias": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    alias: string;
                    number: number;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClientModel"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registered.add": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default  */
                    copy_of?: string;
                    /** @default null */
                    created_at?: number | null;
                    /** @default  */
                    description?: string;
                    /** @default null */
                    number?: number | null;
                    /** @default  */
                    owner?: string;
                    /** @default  */
                    path?: string;
                    /** @default  */
                    run?: string;
                    source: string;
                    /** @default {} */
                    tags?: {
                        [key: string]: string;
                    };
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClientVersion"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registered.version": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClientVersion"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registered.change_version": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
                number: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @default false */
                    alone?: boolean;
                    /** @default null */
                    description?: string | null;
                    /** @default null */
                    phase?: string | null;
                    /** @default {} */
                    tags?: {
                        [key: string]: string | null;
                    };
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClientVersion"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registered.delete_version": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registered.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClientModel"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registered.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @default null */
                    description?: string | null;
                    /** @default null */
                    new_name?: string | null;
                    /** @default {} */
                    tags?: {
                        [key: string]: string | null;
                    };
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClientModel"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registered.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registered.find": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["FindModels"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "registered.find_versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["FindVersions"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VersionPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "runs.list": {
        parameters: {
            query?: {
                after?: string | null;
                children?: boolean;
                columns?: string[] | null;
                count?: boolean;
                limit?: number;
                query?: string;
                sort?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "runs.submit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubmitRun"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["treadle.contract.runs.Run"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "runs.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["treadle.contract.runs.Run"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "runs.code": {
        parameters: {
            query?: {
                path?: string;
            };
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunCode"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "runs.decide": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    approve: boolean;
                    /** @default  */
                    why?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["treadle.contract.runs.Run"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "runs.events": {
        parameters: {
            query?: {
                attempt?: number;
                limit?: number;
            };
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Events"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "runs.graph": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Graph"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "runs.log": {
        parameters: {
            query?: {
                attempt?: number;
                limit?: number;
                marks?: boolean;
                offset?: number;
            };
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Log"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "tracking.note": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    text: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunNote"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "runs.rerun": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    key: string;
                    /** @default {} */
                    options?: components["schemas"]["Options"];
                    /** @default {} */
                    parameters?: Record<string, never>;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["treadle.contract.runs.Run"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "runs.resume": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["treadle.contract.runs.Run"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "runs.stop": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @default  */
                    why?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["treadle.contract.runs.Run"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "tracking.tag": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    tags: {
                        [key: string]: string | null;
                    };
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunTags"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "runs.why": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Why"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "search.keys": {
        parameters: {
            query?: {
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchKeys"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "delivery.story": {
        parameters: {
            query: {
                ref: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Story"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "delivery.today": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Today"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "access.tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "access.add_token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddToken"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddedToken"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "access.revoke_token": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "access.identify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Identify"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identity"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "traces.put": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutTrace"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trace"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "traces.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trace"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "traces.tag": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    tags: {
                        [key: string]: string | null;
                    };
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trace"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "traces.unassess": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                trace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Assessment"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "traces.assess": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutAssessment"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Assessment"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "traces.delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DeleteTraces"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PutCount"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "traces.link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkTraces"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PutCount"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "traces.find": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["FindTraces"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TracePage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "traces.spans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PutSpans"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PutCount"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "tracking.groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupRuns"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Groups"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "tracking.history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReadHistory"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["History"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "tracking.described": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InputSummaries"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InputSummary"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "tracking.log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LogRun"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Logged"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "tracking.metrics": {
        parameters: {
            query?: {
                limit?: number;
                prefix?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KnownNames"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "tracking.points": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReadPoints"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Curve"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "tracking.rows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["FindRows"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RowPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "tracking.row": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunRow"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "tracking.table": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReadTable"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunTable"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "content.tree": {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
            };
            header?: never;
            path: {
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TreeFile"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "triggers.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trigger"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "triggers.apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApplyTriggers"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Applied"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "triggers.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                trigger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trigger"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "triggers.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                trigger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trigger"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "triggers.deliver": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                trigger: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    body: string;
                    /** @default  */
                    delivery?: string;
                    signature: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivered"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "triggers.pause": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                trigger: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    paused: boolean;
                    /** @default  */
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trigger"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "triggers.test": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                trigger: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @default {} */
                    data?: Record<string, never>;
                    /** @default null */
                    entry?: number | null;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tested"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "triggers.preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreviewTrigger"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Previewed"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "delivery.usage": {
        parameters: {
            query?: {
                days?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlatformUsage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "views.list": {
        parameters: {
            query?: {
                screen?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedView"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "views.save": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SaveView"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedView"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "views.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                view: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedView"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "webhooks.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["treadle.contract.webhooks.Webhook"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "webhooks.add": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddWebhook"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["treadle.contract.webhooks.Webhook"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "webhooks.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["treadle.contract.webhooks.Webhook"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "webhooks.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @default null */
                    active?: boolean | null;
                    /** @default null */
                    description?: string | null;
                    /** @default null */
                    events?: string[] | null;
                    /** @default null */
                    name?: string | null;
                    /** @default null */
                    secret?: string | null;
                    /** @default null */
                    url?: string | null;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["treadle.contract.webhooks.Webhook"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "webhooks.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["treadle.contract.webhooks.Webhook"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "webhooks.test": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @default  */
                    event?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "work.beat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Beat"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answers"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "work.begin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BeginAttempts"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answers"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "work.finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FinishAttempts"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answers"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "work.job": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TakeJob"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "work.log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ShipLog"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answers"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "work.recorded": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReadRecorded"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordedCall"][];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "work.script": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OpenScript"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenedScript"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "work.settled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Await"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettledRuns"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "work.spool": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ShipSpool"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answers"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "work.stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StopCalls"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answers"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    "work.submit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubmitChildren"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Submitted"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
}
